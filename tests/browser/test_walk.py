"""
The newcomer's walk: from an empty folder to a verified record, from outside only.

`linli` is run as a command, the site as `linli serve`, people sit at a real browser. Nothing here looks into the product except the
one tampering at the end, which the product must find. Pictures of each key page go to tests/shots/walk when they are wanted.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import walk_town as town
from tests.browser.conftest import PATIENCE, WIDTHS, Complaints, assert_fits, keep_picture, pick, size

LANGUAGE_COOKIE, ELDER_COOKIE, THEME_COOKIE = "django_language", "linli_elder", "linli_theme"
PASSWORD = "Cedar-bench-42-mornings"
STAFF = {
    "chen.head": ("陈立", "community_head", town.COMMUNITY, ""),
    "wang.fang": ("王芳", "community_worker", town.COMMUNITY, ""),
    "luo.yan": ("罗燕", "community_worker", town.COMMUNITY, ""),
    "zhou.street": ("周远", "street_officer", town.STREET, ""),
    "liu.build": ("刘建", "department_handler", town.STREET, "城建科"),
    "hu.city": ("胡成", "department_handler", town.STREET, "城管科"),
    "gao.fire": ("高宁", "department_handler", town.STREET, "消防所"),
    "he.grid": ("何平", "grid_worker", town.COMMUNITY, ""),
    "audit": ("孟审", "auditor", town.STREET, ""),
}
UNITS = {"城建科": "housing", "城管科": "urban_management", "消防所": "fire_rescue"}
# Where somebody works when no unit is named.
OFFICES = {"community_head": "芳草社区居委会", "community_worker": "芳草社区居委会", "street_officer": "玉林街道办事处"}


@dataclass
class House:
    """One installation: its folder, its environment, its address."""

    folder: Path
    port: int
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, code: int = 0, typed: str | None = None) -> str:
        """What `linli …` says; fails when it ends otherwise than expected."""
        command = [sys.executable, "-m", "linli.config.cli", *words]
        done = subprocess.run(
            command, check=False, cwd=self.folder, env=self.environment, input=typed, capture_output=True, text=True, timeout=90
        )
        said = done.stdout + done.stderr
        assert done.returncode == code, f"linli {' '.join(words)} ended with {done.returncode}:\n{said}"
        return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A machine on which nothing of ours was ever run: an empty data folder."""
    port = free_port()
    # Compiled modules are kept, as on any ordinary machine: two dozen commands are started here.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_", "PYTHON"))}
    ours = {
        "LINLI_DATA": str(tmp_path / "data"),
        "LINLI_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LINLI_STAFF_SECOND_FACTOR": "optional",
        "LINLI_DEMO": "on",
        "LANG": "zh_CN.UTF-8",
        "LC_ALL": "zh_CN.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    return House(tmp_path, port, kept | ours)


@pytest.fixture
def serving(house: House) -> Iterator[Callable[[], None]]:
    """Start `linli serve` when called, wait until it answers; Ctrl-C at the end must stop it cleanly."""
    started: list[subprocess.Popen[bytes]] = []
    log = house.folder / "serve.log"

    def serve() -> None:
        command = [sys.executable, "-m", "linli.config.cli", "serve", "--port", str(house.port), "--workers", "2"]
        with log.open("wb") as out:
            started.append(
                subprocess.Popen(command, cwd=house.folder, env=house.environment, stdout=out, stderr=out, start_new_session=True)
            )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            assert started[0].poll() is None, log.read_text(encoding="utf-8")
            if answers(house.url + "/"):
                return
        raise AssertionError("linli serve did not answer within a minute:\n" + log.read_text(encoding="utf-8"))

    yield serve
    for process in started:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
        assert "Traceback" not in log.read_text(encoding="utf-8")


def fetch(url: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """A plain HTTP client: status and body."""
    request = Request(url, urlencode(form).encode() if form else None)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=15) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        return refused.code, refused.read().decode()


def answers(url: str) -> bool:
    try:
        return fetch(url)[0] == 200
    except OSError:
        return False


@dataclass
class People:
    """The browsers of all who take part, one each; and the pictures taken of what they see."""

    browser: Browser
    url: str
    complaints: Complaints = field(default_factory=Complaints)
    pages: dict[str, Page] = field(default_factory=dict)

    def arrive(self, who: str, *, width: int = 1280, watched: bool = True) -> Page:
        context = self.browser.new_context(
            base_url=self.url,
            viewport=size(width),
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            has_touch=width < 700,
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if watched:
            self.complaints.watch(page)
        self.pages[who] = page
        return page

    def staff(self, who: str, *, width: int = 1280, watched: bool = True) -> Page:
        """Sign in with user name and password, as the page asks."""
        page = self.arrive(who, width=width, watched=watched)
        page.goto("/sign-in/?who=staff")
        page.get_by_label("用户名").fill(who)
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        expect(page).to_have_url(re.compile("/desk/"))
        return page

    def resident(self, phone: str, *, width: int = 390) -> Page:
        page = self.arrive(phone, width=width)
        page.goto("/")
        by_code(page, phone)
        return page


def by_code(page: Page, phone: str) -> None:
    """Sign in by the code that a demo shows on the page."""
    if "/sign-in/" not in page.url:
        page.goto("/sign-in/")
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    shown = page.get_by_text("验证码是").inner_text()
    found = re.search(r"\d{6}", shown)
    assert found is not None, shown
    page.get_by_label("验证码").fill(found.group())
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.fixture
def people(browser: Browser, house: House) -> Iterator[People]:
    them = People(browser, house.url)
    yield them
    for page in them.pages.values():
        page.context.close()
    assert them.complaints.said == []


def cookie(context: BrowserContext, url: str, **given: str) -> None:
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in given.items()])


CHINESE = re.compile(r"[\u4e00-\u9fff]")


def look(page: Page, name: str, *, path: str = "", also: tuple[str, ...] = ()) -> None:
    """
    That nothing on a page is wider than the screen, at both widths in both languages (`also`: elder, dark), and pictures of all that.

    The page ends as it began: its width, Chinese, light.
    """
    url = page.url.split("/", 3)
    origin = "/".join(url[:3])
    where = path or "/" + url[3].split("#")[0]
    for language in ("zh-hans", "en"):
        cookie(page.context, origin, **{LANGUAGE_COOKIE: language})
        picture(page, where, f"{name}-{language}")
    cookie(page.context, origin, **{LANGUAGE_COOKIE: "zh-hans"})
    if "elder" in also:
        cookie(page.context, origin, **{ELDER_COOKIE: "on"})
        picture(page, where, f"{name}-elder", (390,))
        cookie(page.context, origin, **{ELDER_COOKIE: "off"})
    if "dark" in also:
        cookie(page.context, origin, **{THEME_COOKIE: "dark"})
        picture(page, where, f"{name}-dark", (390,))
        cookie(page.context, origin, **{THEME_COOKIE: "light"})
    page.goto(where)


def picture(page: Page, where: str, name: str, widths: tuple[int, ...] = WIDTHS) -> None:
    before = page.viewport_size
    answer = page.goto(where)
    assert answer is not None and answer.status == 200, where
    page.evaluate("document.fonts.ready")
    for width in widths:
        page.set_viewport_size(size(width))
        keep_picture(page, f"walk/{name}-{width}")
    if before is not None:
        page.set_viewport_size(before)
    assert_fits(page, widths)


def act(page: Page, ref: str, verb: str, text: str = "", **chosen: str) -> None:
    """Do one move on a request's page at the Desk: open its drawer, fill it in, send it, read that it was recorded."""
    page.goto(f"/desk/requests/{ref}/")
    drawer = page.locator(f"#act-{verb}")
    if drawer.get_attribute("open") is None:
        drawer.locator("summary").first.click()
    for name, value in chosen.items():
        box = page.locator(f"#{verb}-{name}")
        if box.evaluate("e => e.tagName") == "SELECT":
            box.select_option(label=value)
        else:
            box.fill(value)
    if text:
        page.fill(f"#{verb}-text", text)
    drawer.locator("button[type=submit].btn").last.click()
    expect(page.get_by_text("已记录").first).to_be_visible()


def states(page: Page, ref: str) -> str:
    """What anybody reads of a request: the words of its public page."""
    page.goto(f"/requests/{ref}/")
    return page.locator("main").inner_text()


def ref_of(page: Page) -> str:
    page.wait_for_url(re.compile(r"/requests/R\d+/"))
    found = re.search(r"R\d+", page.url)
    assert found is not None
    return found.group()


def rate(page: Page, ref: str, comment: str, **judged: bool) -> None:
    page.goto(f"/requests/{ref}/")
    for name, yes in judged.items():
        pick(page.locator(f"input[name=rate-{name}][value='{int(yes)}']"))
    page.locator("#rate textarea").fill(comment)
    page.get_by_role("button", name="提交评价").click()
    page.wait_for_load_state()


# --- the walk --------------------------------------------------------------------------------------------------------------


def test_a_newcomer_walks_from_an_empty_folder_to_a_verified_record(house: House, serving: Callable[[], None], people: People) -> None:
    install(house)
    import_the_roster(house)
    serving()
    worker, resident = people.staff("wang.fang"), people.resident("13800138001")
    anybody = people.arrive("anybody")
    anybody.goto("/sign-in/")
    look(anybody, "sign-in", also=("elder", "dark"))
    own = raise_in_the_square(resident)
    called = raise_on_behalf(worker)
    patrolled = raise_on_patrol(people.staff("he.grid", width=390, watched=False), worker)
    machine = raise_by_open311(house, worker)
    assert len({own, called, patrolled, machine}) == 4
    whistle_three_departments(people, called)
    handle_with_pauses(people, worker, resident, own)
    judge_twice(people, resident, own)
    figures_open_to_it(people, own)
    print_its_notice(worker, own)
    verify_and_tamper(house, own)


def install(house: House) -> None:
    assert "完成" in house.run("migrate")
    town.write_sheets(house.folder)
    assert "新增地点 9" in house.run("import", "places", "places.csv", "--quiet")
    for name, code in UNITS.items():
        assert "玉林街道" in house.run("unit", "add", name, "--kind", "department", "--place", town.STREET, "--code", code)
    with ThreadPoolExecutor(3) as at_once:
        list(at_once.map(lambda username: add_user(house, username), STAFF))


def add_user(house: House, username: str) -> None:
    name, role, place, unit = STAFF[username]
    words = ["user", "add", username, "--name", name, "--role", role, "--place", place, "--password-stdin"]
    said = house.run(*words, *(["--unit", unit] if unit else []), typed=PASSWORD + "\n")
    assert username in said and PASSWORD not in said
    assert OFFICES.get(role, unit) in said


def import_the_roster(house: House) -> None:
    assert "新增房屋档案 4" in house.run("import", "homes", "homes.csv", "--quiet")
    said = house.run("import", "residents", "roster.xlsx", "--dry-run", "--report", "marked.xlsx", "--quiet", code=1)
    assert "7 行里有 5 行要改，什么都没有写入" in said
    marked = house.folder / "marked.xlsx"
    found = town.marks(marked)
    assert set(found) == town.EXPECTED_MARKS
    assert "校验位" in found["B3"] and "不存在" in found["I4"] and "位数" in found["C5"] and "姓名" in found["A6"]
    assert "与第 2 行重复" in town.explanations(marked)[town.DOUBLED]
    assert "什么都没有写入" in house.run("import", "residents", "roster.xlsx", "--quiet", code=1)

    town.mend(marked)
    said = house.run("import", "residents", "marked.xlsx", "--quiet")
    assert f"导入 {town.PEOPLE} 行，跳过 0 行" in said and f"新登记居民 {town.PEOPLE}" in said
    again = house.run("import", "residents", "marked.xlsx", "--quiet")
    assert "新登记" not in again and "新增" not in again and "更新" not in again


def raise_in_the_square(page: Page) -> str:
    """王小明 on his phone: says it, picks the building, adds a photo, checks, sends."""
    look(page, "home-empty", path="/", also=("elder", "dark"))
    page.goto("/")
    page.fill("#ask", "3 栋 2 单元电梯夜里异响，关门时还会抖")
    page.locator("form.ask button.is-solid").click()
    look(page, "raise-what", also=("elder", "dark"))
    page.get_by_role("button", name="下一步").click()
    pick(page.get_by_label("3 栋", exact=True))
    page.get_by_label("具体位置").fill("2 单元电梯口")
    look(page, "raise-where")
    pick(page.get_by_label("3 栋", exact=True))
    page.get_by_label("具体位置").fill("2 单元电梯口")
    page.get_by_role("button", name="下一步").click()
    page.locator("input[type=file]").first.set_input_files({"name": "电梯.jpg", "mimeType": "image/jpeg", "buffer": town.photo()})
    page.get_by_role("button", name="下一步").click()
    expect(page.locator(".kept-photos img")).to_have_count(1)
    expect(page.get_by_text("电梯故障")).not_to_have_count(0)
    look(page, "raise-check", also=("elder", "dark"))
    page.get_by_role("button", name="提交").click()
    ref = ref_of(page)
    expect(page.get_by_text(f"已收到，编号 {ref}")).to_be_visible()
    expect(page.get_by_text("待受理").first).to_be_visible()
    look(page, "request-new", path=f"/requests/{ref}/", also=("elder", "dark"))
    look(page, "home-mine", path="/", also=("elder", "dark"))
    return ref


def raise_on_behalf(page: Page) -> str:
    """王芳 takes a call from 林秀英."""
    page.goto("/desk/requests/new/", wait_until="networkidle")
    page.fill("#id_caller", "13800138002")
    page.get_by_label("林**").check()
    page.fill("#id_text", "1 栋门口化粪池外溢，臭味很大")
    page.fill("#id_where", "芳草苑1栋")
    page.get_by_label("芳草苑 1 栋", exact=True).check()
    page.locator("#advice").get_by_text("下水道堵塞").wait_for()
    keep_picture(page, "walk/intake-1280-zh-hans")
    page.get_by_role("button", name="登记这件诉求").click()
    ref = ref_of(page)
    expect(page.get_by_text("电话").first).to_be_visible()
    look(page, "receipt", path=f"/desk/requests/{ref}/receipt/")
    return ref


def raise_on_patrol(page: Page, desk: Page) -> str:
    """何平 meets something where there is no signal; it goes out once when there is."""
    page.goto("/desk/patrol/", wait_until="networkidle")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    look(page, "patrol")
    page.reload(wait_until="networkidle")
    page.context.set_offline(True)
    page.reload()
    page.fill("#id_text", "2 栋楼道堆了杂物，消防通道过不去")
    page.select_option("#id_place", label="2 栋")
    page.get_by_role("button", name="登记这件诉求").click()
    expect(page.locator(".queue-list li")).to_have_count(1)
    expect(page.locator("[data-queue-state]")).to_contain_text("1")
    keep_picture(page, "walk/patrol-offline-390")
    page.context.set_offline(False)
    expect(page.locator(".queue-list li")).to_have_count(0)
    page.reload(wait_until="networkidle")
    page.goto("/desk/patrol/", wait_until="networkidle")
    desk.goto("/desk/requests/?channel=patrol")
    expect(desk.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(desk.locator("[data-rows] tbody tr")).to_contain_text("2 栋楼道堆了杂物")
    found = re.search(r"R\d+", desk.locator("[data-rows] tbody tr a").first.get_attribute("href") or "")
    assert found is not None
    return found.group()


def raise_by_open311(house: House, desk: Page) -> str:
    token = house.run("token", "add", "--account", "luo.yan", "--scope", "*", "--name", "区平台").strip().splitlines()[-1]
    status, body = fetch(f"{house.url}/open311/v2/services.json")
    services = {s["service_name"]: s["service_code"] for s in json.loads(body)}
    report = {"service_code": services["路灯"], "address_string": "2 栋", "description": "2 栋门口路灯不亮"}
    status, body = fetch(f"{house.url}/open311/v2/requests.json", report)
    assert status == 403, body
    status, body = fetch(f"{house.url}/open311/v2/requests.json", report | {"api_key": token})
    assert status in (200, 201), body
    number = str(json.loads(body)[0]["service_request_id"])
    status, body = fetch(f"{house.url}/open311/v2/requests/{number}.json")
    assert json.loads(body)[0]["status"] == "open"
    ref = number if number.startswith("R") else f"R{number}"
    assert "2 栋门口路灯不亮" in states(desk, ref)
    return ref


def whistle_three_departments(people: People, ref: str) -> None:
    """周远 calls three departments: one answers, one has nothing to do with it and says so, the lead closes."""
    street = people.staff("zhou.street")
    street.goto(f"/desk/requests/{ref}/")
    street.locator("#act-whistle > summary").click()
    street.locator("#whistle-lead").select_option(label="城建科")
    for name in ("城管科", "消防所"):
        street.locator("#act-whistle").get_by_label(name).check()
    street.fill("#whistle-text", "化粪池外溢，请当天到现场")
    keep_picture(street, "walk/whistle-form-1280-zh-hans")
    street.locator("#act-whistle button[type=submit].btn").click()
    expect(street.get_by_text("已记录").first).to_be_visible()
    handlers = {who: people.staff(who) for who in ("liu.build", "hu.city", "gao.fire")}
    for who in ("liu.build", "hu.city"):
        act(handlers[who], ref, "report_in", "已到现场")
    look(handlers["gao.fire"], "inbox", path="/desk/")
    handlers["gao.fire"].goto(f"/desk/requests/{ref}/")
    handlers["gao.fire"].locator("#act-refuse_whistle > summary").click()
    handlers["gao.fire"].locator("#refuse_whistle-reason").select_option(index=1)
    handlers["gao.fire"].fill("#refuse_whistle-text", "没有消防隐患，不属消防职责")
    handlers["gao.fire"].locator("#act-refuse_whistle button[type=submit].btn").click()
    expect(handlers["gao.fire"].get_by_text("已记录").first).to_be_visible()
    act(handlers["hu.city"], ref, "answer_whistle", "清理了外溢污水，路面已冲洗")
    street.goto(f"/desk/requests/{ref}/")
    assert "还有单位没有答复：城建科" in street.locator("main").inner_text()
    act(handlers["liu.build"], ref, "answer_whistle", "抽排完毕，管道已疏通")
    look(street, "whistled-desk", path=f"/desk/requests/{ref}/")
    look(people.pages["13800138001"], "whistled-public", path=f"/requests/{ref}/")
    act(handlers["liu.build"], ref, "conclude_whistle", "三天内复查一次，没有再外溢")
    assert "已办结" in states(street, ref)


def handle_with_pauses(people: People, worker: Page, resident: Page, ref: str) -> None:
    """Accepted under the category suggested, dispatched, paused twice, resolved."""
    worker.goto(f"/desk/requests/{ref}/")
    look(worker, "request-desk", path=f"/desk/requests/{ref}/")
    assert "电梯故障" in worker.locator("main").inner_text()
    drawer = worker.locator("#act-accept")
    if drawer.get_attribute("open") is None:
        drawer.locator("summary").first.click()
    assert worker.locator("#accept-category option:checked").inner_text() == "电梯故障"
    worker.fill("#accept-text", "收到，今天派人看")
    drawer.locator("button[type=submit].btn").click()
    expect(worker.get_by_text("已记录").first).to_be_visible()
    act(worker, ref, "dispatch", "请今天到现场", unit="城建科")
    build = people.pages["liu.build"]
    act(build, ref, "start")
    act(build, ref, "ask", "请问是哪一部电梯，几点钟响")
    assert "等待补充" in states(resident, ref)
    look(resident, "request-waiting", path=f"/requests/{ref}/")
    resident.locator("#add textarea").fill("靠东那一部，夜里十一点以后")
    resident.get_by_role("button", name="补充", exact=True).click()
    expect(resident.get_by_text("靠东那一部")).not_to_have_count(0)
    assert "办理中" in states(resident, ref)
    build.goto(f"/desk/requests/{ref}/")
    build.locator("#act-suspend > summary").click()
    build.locator("#suspend-why").select_option(index=1)
    build.fill("#suspend-text", "轴承要从厂家调货，城建科每天催")
    review = build.evaluate("new Date(Date.now() + 7 * 864e5).toISOString().slice(0, 10)")
    build.fill("#suspend-review_on", review)
    build.locator("#act-suspend button[type=submit].btn").click()
    expect(build.get_by_text("已记录").first).to_be_visible()
    look(resident, "request-suspended", path=f"/requests/{ref}/")
    assert "已挂账" in states(resident, ref)
    act(build, ref, "resume", "配件到了")
    act(build, ref, "resolve", "换了导轨滑块，试运行一小时没有异响")
    assert "已办结" in states(resident, ref)


def judge_twice(people: People, resident: Page, ref: str) -> None:
    """Rated badly, it goes back to work by itself; rated well, it closes."""
    look(resident, "rate", path=f"/requests/{ref}/", also=("elder", "dark"))
    rate(resident, ref, "夜里还是响", answered=True, solved=False, satisfied=False)
    words = states(resident, ref)
    assert "办理中" in words and "重新办理" in words
    look(resident, "request-reopened", path=f"/requests/{ref}/")
    build = people.pages["liu.build"]
    build.goto("/desk/")
    assert ref in build.locator("main").inner_text() or build.locator(f"a[href='/desk/requests/{ref}/']").count()
    act(build, ref, "resolve", "更换了主机轴承，连续三晚没有异响")
    rate(resident, ref, "这下真好了，谢谢", answered=True, solved=True, satisfied=True)
    assert "已回看" in states(resident, ref)
    look(resident, "request-closed", path=f"/requests/{ref}/")


def figures_open_to_it(people: People, ref: str) -> None:
    """The head's figures count it, and each number opens the very request."""
    head = people.staff("chen.head")
    head.goto("/desk/figures/")
    satisfied = head.locator(".rate", has_text="满意率").locator(".figure-of a")
    assert [satisfied.nth(0).inner_text(), satisfied.nth(1).inner_text()] == ["1", "1"]
    look(head, "figures", path="/desk/figures/")
    head.locator(".rate", has_text="满意率").locator(".figure-of a").first.click()
    expect(head.locator("[data-rows] tbody tr")).to_have_count(1)
    expect(head.locator(f"[data-rows] a[href='/desk/requests/{ref}/']")).to_have_count(1)
    look(head, "figures-behind")
    look(head, "list-desk", path="/desk/requests/")
    audit = people.staff("audit")
    audit.goto(f"/desk/requests/{ref}/")
    assert audit.locator("details.act").count() == 0, "an auditor reads and never writes"


def print_its_notice(page: Page, ref: str) -> None:
    page.goto(f"/requests/{ref}/notice/")
    text = page.locator("body").inner_text()
    assert ref in text and "更换了主机轴承" in text and "王小明" not in text and "13800138001" not in text
    page.emulate_media(media="print")
    look(page, "notice", path=f"/requests/{ref}/notice/")
    page.emulate_media(media="screen")
    look(page, "list-public", path="/requests/")


def verify_and_tamper(house: House, ref: str) -> None:
    """The record is whole; one word changed behind the product's back is found and named."""
    assert "全部一致" in house.run("verify", "timeline")
    database = sqlite3.connect(house.folder / "data" / "linli.sqlite3", timeout=20)
    with database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'matters_%'")]
        assert "matters_entry" in tables
        (entry,) = database.execute(
            "SELECT MAX(seq) FROM matters_entry WHERE matter_id = ? AND verb = 'resolve'", [int(ref.removeprefix("R"))]
        ).fetchone()
        changed = database.execute(
            "UPDATE matters_entry SET who = '别人' WHERE matter_id = ? AND seq = ?", [int(ref.removeprefix("R")), entry]
        )
        assert changed.rowcount == 1
    database.close()
    said = house.run("verify", "timeline", code=1)
    assert f"{ref} #{entry}" in said
    assert "发现 1 处问题" in said
