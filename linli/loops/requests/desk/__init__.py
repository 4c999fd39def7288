"""The Desk's pages of requests: lists, one request, intake on behalf, patrol, calls, figures."""

from linli.kernel.matters.acts import worker_and_now as actor_and_now

__all__ = ["actor_and_now"]
