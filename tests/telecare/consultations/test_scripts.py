"""The rules that run in the browser: the ladder, and the code that tells whether somebody sits between."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.config.conftest import address, chromium  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.browser, pytest.mark.django_db, pytest.mark.asyncio(loop_scope="module")]

CLIMB = """async (samples) => {
    const { Ladder, STEPS, INTERVAL } = await import('/static/telecare/call/ladder.js');
    const ladder = new Ladder();
    return samples.map(([loss, available, roundTrip], turn) =>
        STEPS[ladder.next({ loss, available, roundTrip: roundTrip ?? 0.1 }, turn * INTERVAL)].name);
}"""
OUTAGE = """async (samples) => {
    const { Ladder, STEPS, INTERVAL } = await import('/static/telecare/call/ladder.js');
    const ladder = new Ladder();
    ladder.back(0);
    return samples.map(([loss, available], turn) =>
        STEPS[ladder.next({ loss, available, roundTrip: 0.1 }, turn * INTERVAL)].name);
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
    for (let turn = 0; turn < 3000 && Object.keys(codes).length < 2; turn++)
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


async def test_what_was_lost_in_an_outage_costs_no_picture_but_a_line_that_stays_bad_does(chromium, address):  # noqa: F811
    assert await evaluated(chromium, address, OUTAGE, [AWFUL, AWFUL, AWFUL, *[GOOD] * 3]) == ["full"] * 6
    assert (await evaluated(chromium, address, OUTAGE, [AWFUL] * 6))[2:] == ["full", "small", "tiny", "still"]


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


PAIR = """async () => {
    const { Peer } = await import('/static/telecare/call/peer.js');
    const picture = () => document.createElement('canvas').captureStream(5).getVideoTracks()[0];
    const media = () => ({ stream: new MediaStream([picture()]), picture: null, state: {} });
    const said = [];
    const sides = {};
    // what waited for the line comes twice, and both at once
    const pass = (from, to) => (id, signal) => {
        if (signal.description) said.push([from, signal.description.type]);
        const times = signal.description?.type === 'offer' ? 2 : 1;
        for (let time = 0; time < times; time++) setTimeout(() => sides[to].receive(signal));
    };
    const begin = (id, other, offers) => {
        const way = { offers, ice: {}, send: pass(id, other) };
        return new Peer({ id: other, role: '', name: '', media: media(), ...way });
    };
    sides.newcomer = begin('newcomer', 'host', true);
    sides.host = begin('host', 'newcomer', false);
    const stable = () => Object.values(sides).every((one) => one.connection.signalingState === 'stable');
    for (let turn = 0; turn < 3000 && !(said.length >= 3 && stable()); turn++)
        await new Promise((go) => setTimeout(go, 20));
    Object.values(sides).forEach((one) => one.close());
    return said;
}"""


async def test_an_offer_that_comes_twice_is_answered_twice_and_never_with_an_offer(chromium, address):  # noqa: F811
    said = await evaluated(chromium, address, PAIR, None)
    assert said == [["newcomer", "offer"], ["host", "answer"], ["host", "answer"]]


BOTH_AT_ONCE = """async () => {
    const { Peer } = await import('/static/telecare/call/peer.js');
    const picture = () => {
        const canvas = document.createElement('canvas');
        const pen = canvas.getContext('2d');
        setInterval(() => { pen.fillStyle = `hsl(${Math.random() * 360} 90% 50%)`; pen.fillRect(0, 0, 300, 150); }, 40);
        return canvas.captureStream(25).getVideoTracks()[0];
    };
    const sides = {};
    const offers = [];
    const begin = (id, other, newcomer) => {
        const track = picture();
        const media = { stream: new MediaStream([track]), picture: track, state: {} };
        const send = (_, signal) => {
            if (signal.description?.type === 'offer') offers.push(id);
            setTimeout(() => sides[other].receive(signal), 20);
        };
        const peer = new Peer({ id: other, role: '', name: '', media, offers: newcomer, ice: {}, send });
        const video = document.createElement('video');
        Object.assign(video, { muted: true, autoplay: true, srcObject: peer.stream });
        document.body.append(video);
        return Object.assign(peer, { video });
    };
    sides.newcomer = begin('newcomer', 'host', true);
    sides.host = begin('host', 'newcomer', false);
    const both = Object.values(sides);
    const until = async (holds) => {
        for (let turn = 0; !holds(); turn++) {
            if (turn > 3000) throw new Error(`never: ${holds}, seen: ${seen()}`);
            await new Promise((go) => setTimeout(go, 20));
        }
    };
    const seen = () => both.map((one) => one.video.getVideoPlaybackQuality().totalVideoFrames);
    await until(() => both.every((one) => one.live) && seen().every((frames) => frames > 5));
    const parts = () => both.map((one) => one.connection.localDescription.sdp.match(/ice-ufrag:(.*)/)[1]);
    const before = parts();
    both.forEach((one) => one.restart());
    const stable = () => both.every((one) => one.connection.signalingState === 'stable');
    await until(() => stable() && parts().every((part, place) => part !== before[place]));
    const then = seen();
    await until(() => seen().every((frames, place) => frames > then[place] + 10));
    both.forEach((one) => one.close());
    return offers;
}"""


async def test_both_find_the_line_bad_at_once_and_both_still_see_the_other_move(chromium, address):  # noqa: F811
    offers = await evaluated(chromium, address, BOTH_AT_ONCE, None)
    assert set(offers) == {"newcomer"}


LATE = """async () => {
    const { Peer } = await import('/static/telecare/call/peer.js');
    const sides = {};
    const offers = [];
    const begin = (id, other, newcomer) => {
        const media = { stream: new MediaStream(), picture: null, state: {} };
        const send = (_, signal) => {
            if (signal.description?.type === 'offer') offers.push(id);
            setTimeout(() => sides[other].receive(signal));
        };
        return new Peer({ id: other, role: '', name: '', media, offers: newcomer, ice: {}, send });
    };
    sides.newcomer = begin('newcomer', 'host', true);
    sides.host = begin('host', 'newcomer', false);
    const seen = new Promise((go) => sides.newcomer.addEventListener('stream', ({ detail }) => {
        const video = document.createElement('video');
        Object.assign(video, { muted: true, autoplay: true, srcObject: detail.stream });
        document.body.append(video);
        video.requestVideoFrameCallback(() => go(detail.track.kind));
    }));
    const said = () => Object.values(sides).map(({ connection, number }) => [
        number, connection.iceConnectionState, connection.signalingState,
        ...connection.getTransceivers().map((one) => [one.direction, one.currentDirection]),
    ]);
    const never = new Promise((_, fail) => setTimeout(() => fail(new Error(JSON.stringify(said()))), 60_000));
    for (let turn = 0; !sides.host.live; turn++) {
        if (turn > 3000) throw new Error(JSON.stringify(said()));
        await new Promise((go) => setTimeout(go, 20));
    }
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d');
    setInterval(() => pen.fillRect(0, 0, Math.random() * 300, 150), 40);
    const track = canvas.captureStream(25).getVideoTracks()[0];
    sides.host.media.picture = track;
    await sides.host.follow('video', track);
    const kind = await Promise.race([seen, never]);
    Object.values(sides).forEach((one) => one.close());
    return [kind, ...offers];
}"""


async def test_who_does_not_offer_switches_the_camera_on_later_and_is_seen(chromium, address):  # noqa: F811
    assert await evaluated(chromium, address, LATE, None) == ["video", "newcomer", "newcomer"]


# -- as it was measured: getStats of the patient's browser every two seconds, on a line that was good, then carried
# 256 kbit/s with 3 % loss for a minute, then 50 kbit/s with 20 %, then was good again; and once as it got narrow

DOWN = ["full", "small", "tiny", "still", "sound", "telephone"]
RECORDED = json.loads((Path(__file__).parent / "line.json").read_text("utf-8"))
DECIDED = """async (reports) => {
    const { Ladder, STEPS, INTERVAL } = await import('/static/telecare/call/ladder.js');
    const { sampleOf } = await import('/static/telecare/call/samples.js');
    const ladder = new Ladder();
    let memory;
    return reports.map((entries, turn) => {
        const report = new Map(entries.map((entry, number) => [number, entry]));
        const found = sampleOf(report, memory, turn * INTERVAL - ladder.changedAt);
        memory = found.memory;
        return STEPS[ladder.next(found.sample, turn * INTERVAL)].name;
    });
}"""


async def test_on_a_measured_line_the_picture_gets_small_then_goes_then_the_telephone_is_offered_and_all_comes_back(
    chromium,  # noqa: F811
    address,  # noqa: F811
):
    parts = ("good", "rural", "awful", "better")
    reports = [report for part in parts for report in RECORDED[part]]
    steps = iter(await evaluated(chromium, address, DECIDED, reports))
    good, rural, awful, better = ([next(steps) for _ in RECORDED[part]] for part in parts)
    assert set(good) == {"full"}
    assert rural[3:] == ["small"] * (len(rural) - 3)  # one step and no more: that is what the line carries
    assert awful == sorted(awful, key=DOWN.index)
    assert (awful[4], awful[-1]) == ("sound", "telephone")  # four words of ten were lost
    assert better == sorted(better, key=DOWN.index, reverse=True)
    assert better[-1] == "tiny"


async def test_what_was_lost_while_a_measured_line_got_narrow_is_paid_for_with_one_step_not_two(
    chromium,  # noqa: F811
    address,  # noqa: F811
):
    steps = await evaluated(chromium, address, DECIDED, RECORDED["narrowed"])
    assert steps[:3] == ["full"] * 3
    assert steps[-1] == "small"


def reported(turn: int, kind: str, *, sent: int, lost: int, at: int | None = None) -> list[dict[str, object]]:
    """What a browser says of one stream: so much sent so far, so much of it lost at the last report."""
    now = turn * 2000
    return [
        {"type": "outbound-rtp", "kind": kind, "timestamp": now, "packetsSent": sent},
        {
            "type": "remote-inbound-rtp",
            "kind": kind,
            "timestamp": now if at is None else at,
            "packetsLost": lost,
            "roundTripTime": 0.1,
        },
    ]


async def test_a_packet_lost_of_the_few_that_a_tiny_picture_needs_makes_no_bad_line(chromium, address):  # noqa: F811
    reports = [
        [*reported(turn, "video", sent=16 * turn, lost=3 * turn), *reported(turn, "audio", sent=100 * turn, lost=turn)]
        for turn in range(20)
    ]  # 19 % of the picture, 3 % of all
    assert set(await evaluated(chromium, address, DECIDED, reports)) == {"full"}


async def test_one_report_of_heavy_loss_takes_one_step_until_a_newer_one_has_come(chromium, address):  # noqa: F811
    lost_at = {turn: 90 if turn >= 3 else 0 for turn in range(20)}
    reports = [reported(turn, "audio", sent=100 * turn, lost=lost_at[turn]) for turn in range(20)]
    assert (await evaluated(chromium, address, DECIDED, reports))[2:6] == ["full", "small", "small", "small"]
    worse = [reported(turn, "audio", sent=100 * turn, lost=90 * max(0, turn - 2)) for turn in range(20)]
    assert (await evaluated(chromium, address, DECIDED, worse))[2:8] == [
        "full",
        "small",
        "small",
        "tiny",
        "tiny",
        "still",
    ]


async def test_losses_of_a_picture_that_is_not_sent_any_more_keep_it_away_no_longer(chromium, address):  # noqa: F811
    def report(turn: int) -> list[dict[str, object]]:
        last = min(turn, 8)
        return [
            *reported(turn, "video", sent=100 * last, lost=90 * last, at=2000 * last),
            *reported(turn, "audio", sent=100 * turn, lost=0),
        ]

    steps = await evaluated(chromium, address, DECIDED, [report(turn) for turn in range(34)])
    assert steps[8] == "sound"
    assert steps[-1] == "tiny"
