// Are both ends of an encrypted line the same two browsers? Each shows a code of six digits; equal codes mean that nobody
// sits between. Without the commitment somebody between could search for certificates until both codes are equal by chance:
//   A → B  commit  = SHA-256(nonce of A | fingerprint of A)
//   B → A  nonce of B
//   A → B  nonce of A                    B checks the commitment; both compute the code from fingerprints and nonces.
// The fingerprints are those of the DTLS certificates in the session descriptions (RFC 8122).

const NAME = "telecare-code-v1";

export class Verification {
  // `send(message)` reaches the other side over the data channel; `begins` is true on exactly one side.
  constructor(connection, send, begins) {
    this.connection = connection;
    this.send = send;
    this.begins = begins;
    this.nonce = hex(crypto.getRandomValues(new Uint8Array(16)));
  }

  async start() {
    if (this.begins) this.send({ kind: "commit", value: await digest(this.nonce, this.#fingerprint("local")) });
  }

  // Returns the code once it is known, "" when the other side does not keep to its commitment, otherwise undefined.
  async receive(message) {
    const ours = this.#fingerprint("local");
    const theirs = this.#fingerprint("remote");
    if (message.kind === "commit" && !this.begins && !this.commitment) {
      this.commitment = String(message.value);
      this.send({ kind: "nonce", value: this.nonce });
    } else if (message.kind === "nonce" && this.begins && !this.answered) {
      this.answered = true;
      this.send({ kind: "reveal", value: this.nonce });
      return code(ours, theirs, this.nonce, String(message.value));
    } else if (message.kind === "reveal" && this.commitment && !this.answered) {
      this.answered = true;
      const kept = (await digest(String(message.value), theirs)) === this.commitment;
      return kept ? code(theirs, ours, String(message.value), this.nonce) : "";
    }
    return undefined;
  }

  #fingerprint(side) {
    const description = side === "local" ? this.connection.localDescription : this.connection.remoteDescription;
    return description?.sdp.match(/a=fingerprint:(\S+ \S+)/)?.[1].toLowerCase() ?? "";
  }
}

async function digest(...parts) {
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(parts.join("|")))));
}

async function code(...parts) {
  const number = parseInt((await digest(NAME, ...parts)).slice(0, 12), 16) % 1_000_000;
  const digits = String(number).padStart(6, "0");
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
