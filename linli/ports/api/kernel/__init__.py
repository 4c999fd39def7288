"""The kernel in JSON: places, units, people (masked), notices, own messages, promises, the work calendar, files."""

from linli.ports.api.kernel import places, people, notices, me, promises, files  # noqa: F401, I001 - each names its addresses on import, in the order they are listed
from linli.ports.api.kernel.router import router

__all__ = ["router"]
