"""The rules that run in the browser: the ladder, and the code that tells whether somebody sits between."""

from __future__ import annotations

import pytest

from tests.config.conftest import address, chromium  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

CLIMB = """async (samples) => {
    const { Ladder, STEPS, INTERVAL } = await import('/static/telecare/call/ladder.js');
    const ladder = new Ladder();
    return samples.map(([loss, available, roundTrip], turn) =>
        STEPS[ladder.next({ loss, available, roundTrip: roundTrip ?? 0.1 }, turn * INTERVAL)].name);
}"""
VERIFY = """async ({ between, cheats }) => {
    const { Verification } = await import('/static/telecare/call/verify.js');
    const end = (own, other) => ({
        localDescription: { sdp: `a=fingerprint:sha-256 ${own}\\r\\n` },
        remoteDescription: { sdp: `a=fingerprint:sha-256 ${other}\\r\\n` },
    });
    const codes = {};
    const sides = {};
    const pass = (to) => async (message) => {
        if (cheats && message.kind === 'reveal') message.value = '00'.repeat(16);
        const code = await sides[to].receive(message);
        if (code !== undefined) codes[to] = code;
    };
    sides.a = new Verification(end('AA', between ? 'M1' : 'BB'), pass('b'), true);
    sides.b = new Verification(end('BB', between ? 'M2' : 'AA'), pass('a'), false);
    await sides.a.start();
    for (let turn = 0; turn < 50 && Object.keys(codes).length < 2; turn++)
        await new Promise((go) => setTimeout(go, 10));
    return codes;
}"""

GOOD, POOR, AWFUL = [0.0, 900_000], [0.15, 250_000], [0.4, 60_000]


async def evaluated(chromium, address, script, given):  # noqa: F811
    page = await chromium.new_page()
    await page.goto(f"{address}/_look/nurse/", wait_until="load")
    try:
        return await page.evaluate(script, given)
    finally:
        await page.close()


async def test_a_weak_line_goes_down_step_by_step_and_sound_stays(chromium, address):  # noqa: F811
    steps = await evaluated(chromium, address, CLIMB, [AWFUL] * 12)
    assert steps[:4] == ["small", "tiny", "still", "sound"]
    assert steps[-1] == "telephone"


async def test_one_bad_moment_changes_nothing_two_do(chromium, address):  # noqa: F811
    assert await evaluated(chromium, address, CLIMB, [GOOD, POOR, GOOD, POOR, POOR]) == ["full"] * 4 + ["small"]


async def test_it_climbs_after_twenty_good_seconds(chromium, address):  # noqa: F811
    steps = await evaluated(chromium, address, CLIMB, [POOR, POOR, *[GOOD] * 11])
    assert steps[-2:] == ["small", "full"]


async def test_a_line_that_climbs_and_falls_waits_longer_before_the_next_try(chromium, address):  # noqa: F811
    steps = await evaluated(chromium, address, CLIMB, [POOR, POOR, *[GOOD] * 11, POOR, POOR, *[GOOD] * 20])
    assert steps[12] == "full"
    assert set(steps[14:-1]) == {"small"}


async def test_both_ends_show_the_same_code(chromium, address):  # noqa: F811
    codes = await evaluated(chromium, address, VERIFY, {"between": False, "cheats": False})
    assert codes["a"] == codes["b"]
    assert len(codes["a"]) == 7


async def test_somebody_in_between_makes_the_codes_differ(chromium, address):  # noqa: F811
    codes = await evaluated(chromium, address, VERIFY, {"between": True, "cheats": False})
    assert codes["a"] != codes["b"]


async def test_who_does_not_keep_to_the_commitment_is_found_out(chromium, address):  # noqa: F811
    codes = await evaluated(chromium, address, VERIFY, {"between": False, "cheats": True})
    assert codes["b"] == ""
