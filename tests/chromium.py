"""Debian's Chromium with a camera and a microphone that are none, and a script that shows a test its connections."""

from __future__ import annotations

CHROMIUM = "/usr/bin/chromium"
MEDIA = [
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-dev-shm-usage",
    "--disable-gpu",
]
WATCHED = """window.connections = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) { super(...given); window.connections.push(this); }
};"""
