// What the ladder needs to know of a line, from getStats (W3C webrtc-stats): the loss that the other side reports for what
// we send, the round trip, and what the browser believes to be available.

// A report that is older says nothing of now: once no picture is sent, its last losses would keep it away for ever. Reports on
// sound come every five seconds or so.
const STALE = 8000; // ms

export function sampleOf(report, memory = {}) {
  let loss = null;
  let roundTrip = null;
  let available = null;
  const sent = {};
  const now = Math.max(...[...report.values()].map((entry) => entry.timestamp));
  for (const entry of report.values()) {
    if (entry.type === "remote-inbound-rtp" && now - entry.timestamp < STALE) {
      if (entry.fractionLost !== undefined) loss = Math.max(loss ?? 0, entry.fractionLost);
      if (entry.roundTripTime !== undefined) roundTrip = Math.max(roundTrip ?? 0, entry.roundTripTime);
    }
    // not only while it "succeeded": on a bad line the pair in use is "in-progress" most of the time
    if (entry.type === "candidate-pair" && entry.nominated) {
      available = entry.availableOutgoingBitrate ?? available;
      roundTrip ??= entry.currentRoundTripTime ?? null;
    }
    if (entry.type === "inbound-rtp" && entry.kind === "audio") sent.packets = entry.packetsReceived + entry.packetsLost;
    if (entry.type === "inbound-rtp" && entry.kind === "audio") sent.lost = entry.packetsLost;
  }
  // what we hear counts as well: a person who cannot be understood is on a weak line, whoever's it is
  const packets = (sent.packets ?? 0) - (memory.packets ?? 0);
  if (memory.packets !== undefined && packets > 20) {
    loss = Math.max(loss ?? 0, Math.min(1, Math.max(0, sent.lost - memory.lost) / packets) * 0.5);
  }
  return { sample: { loss, roundTrip, available }, memory: sent };
}
