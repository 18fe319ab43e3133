// Passkeys: a form with data-passkey="make" (challenge in the page) or "show" (challenge from its address) sends the answer.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");

function opened({ publicKey }) {
  const listed = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
  const made = { ...publicKey, challenge: bytes(publicKey.challenge) };
  if (publicKey.user) made.user = { ...publicKey.user, id: bytes(publicKey.user.id) };
  if (publicKey.excludeCredentials) made.excludeCredentials = listed(publicKey.excludeCredentials);
  if (publicKey.allowCredentials) made.allowCredentials = listed(publicKey.allowCredentials);
  return { publicKey: made };
}

function closed(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function answer(form) {
  if (form.dataset.passkey === "make") {
    return navigator.credentials.create(opened(JSON.parse(document.getElementById("passkey-challenge").textContent)));
  }
  const challenge = await fetch(form.action, { headers: { Accept: "application/json" } });
  return navigator.credentials.get(opened(await challenge.json()));
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  const failed = form.querySelector("[data-passkey-failed]");
  form.hidden = false;
  for (const word of document.querySelectorAll("[data-passkey-missing]")) word.hidden = true;
  form.querySelector("button").addEventListener("click", async () => {
    failed.hidden = true;
    try {
      form.elements.credential.value = JSON.stringify(closed(await answer(form)));
      form.submit();
    } catch {
      failed.hidden = false;
    }
  });
}
