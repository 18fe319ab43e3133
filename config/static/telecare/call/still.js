// One still picture over the data channel, for lines that carry sound only: 320×240, about 8 kB.

export async function sendStill(track, channel) {
  if (channel.readyState !== "open" || channel.bufferedAmount > 0) return;
  const video = document.createElement("video");
  video.muted = true;
  video.srcObject = new MediaStream([track]);
  await video.play();
  const canvas = document.createElement("canvas");
  canvas.width = 320;
  canvas.height = Math.round((320 * video.videoHeight) / (video.videoWidth || 320)) || 240;
  canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
  video.srcObject = null;
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.5));
  if (blob && blob.size < 64_000 && channel.readyState === "open") channel.send(await blob.arrayBuffer());
}
