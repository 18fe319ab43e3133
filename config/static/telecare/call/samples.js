// What the ladder needs to know of a line, from getStats (W3C webrtc-stats): how much of what we send is lost, as the other
// side reports it, the round trip, and what the browser believes to be available.

// Loss is counted over all streams from report to report, not taken from `fractionLost`: of the ten packets that a small
// picture needs in a second, a single one that is lost would look like a bad line.
const WINDOW = 5000; // ms of reports that count, and the one before; reports on sound come every five seconds or so
const STALE = 8000; // ms; of a stream that is not sent any more the last losses would keep the picture away for ever
const LEAST = 50; // packets; fewer say nothing

// `since`: ms since the ladder last took a step or the line came back. What was reported before tells of another line.
export function sampleOf(report, memory = {}, since = Infinity) {
  const entries = [...report.values()];
  const now = Math.max(...entries.map((entry) => entry.timestamp));
  const streams = {};
  const lost = { packets: 0, sent: 0 };
  let roundTrip = null;
  let available = null;
  let heard = null;
  for (const entry of entries) {
    if (entry.type === "remote-inbound-rtp" && now - entry.timestamp < STALE) {
      const marks = marked(memory.streams?.[entry.kind] ?? [], entry, entries, now, since);
      streams[entry.kind] = marks;
      if (marks.length) {
        lost.packets += Math.max(0, marks.at(-1).lost - marks[0].lost);
        lost.sent += Math.max(0, marks.at(-1).sent - marks[0].sent);
      }
      if (entry.roundTripTime !== undefined) roundTrip = Math.max(roundTrip ?? 0, entry.roundTripTime);
    }
    // not only while it "succeeded": on a bad line the pair in use is "in-progress" most of the time
    if (entry.type === "candidate-pair" && entry.nominated) {
      available = entry.availableOutgoingBitrate ?? available;
      roundTrip ??= entry.currentRoundTripTime ?? null;
    }
    if (entry.type === "inbound-rtp" && entry.kind === "audio") {
      heard = { packets: entry.packetsReceived + entry.packetsLost, lost: entry.packetsLost };
    }
  }
  let loss = lost.sent >= LEAST ? Math.min(1, lost.packets / lost.sent) : null;
  // what we hear counts as well: a person who cannot be understood is on a weak line, whoever's it is
  const packets = heard && memory.heard ? heard.packets - memory.heard.packets : 0;
  if (packets > 20) {
    loss = Math.max(loss ?? 0, Math.min(1, Math.max(0, heard.lost - memory.heard.lost) / packets) * 0.5);
  }
  return { sample: { loss, roundTrip, available }, memory: { heard, streams } };
}

// What was sent and lost of a stream at each report that still counts.
function marked(before, entry, entries, now, since) {
  const own = entries.find((one) => one.type === "outbound-rtp" && one.kind === entry.kind);
  const sent = (own?.packetsSent ?? 0) - (own?.retransmittedPacketsSent ?? 0);
  const mark = { at: entry.timestamp, sent, lost: entry.packetsLost ?? 0 };
  const marks = before.at(-1)?.at === mark.at ? before : [...before, mark];
  const counted = marks.filter(({ at }) => now - at < since);
  const begins = counted.findIndex(({ at }) => now - at <= WINDOW);
  return begins < 0 ? counted.slice(-1) : counted.slice(Math.max(0, begins - 1));
}
