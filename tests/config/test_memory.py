"""What a website that just started holds in memory: nothing that only rare pages need."""

import os
import subprocess
import sys
from pathlib import Path

from tests.installation import lay_down

ASKED = """
import sys
from linli.config.wsgi import application
for path in ("/", "/requests/?q=%E7%94%B5%E6%A2%AF"):
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path.partition("?")[0], "QUERY_STRING": path.partition("?")[2],
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer,
    }
    told = []
    answer = b"".join(application(environ, lambda status, headers: told.append(status)))
    assert told == ["200 OK"] and b"</html>" in answer, told
with open("/proc/self/status", encoding="ascii") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmRSS")))
print(*sys.modules)
"""

# What brings each: sheets read and written, PDF, Word, counting with numpy, queues, single sign-on and messages (over `requests`), the demo.
RARE = {
    "python_calamine", "xlsxwriter", "openpyxl", "weasyprint", "fontTools", "docx", "lxml", "numpy", "scipy", "simpy", "requests", "urllib3", "charset_normalizer",
    "oauthlib", "linli.demo", "babel", "rjieba", "jieba",
}  # fmt: skip


def test_a_website_just_started_holds_nothing_that_only_rare_pages_need(tmp_path: Path) -> None:
    lay_down(tmp_path, "sqlite")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        env=kept | {"LINLI_DATA": str(tmp_path), "LINLI_DEMO": "off", "DJANGO_SETTINGS_MODULE": "linli.config.settings"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    size, _end, modules = done.stdout.partition("\n")

    assert {name for name in modules.split() if name in RARE or name.partition(".")[0] in RARE} == set()
    assert int(size) / 1024 < 155, f"{int(size) / 1024:.0f} MB after two pages; the limit of a process under load is 180"
