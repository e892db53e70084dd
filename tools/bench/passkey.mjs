// A passkey in a few lines: what an authenticator signs (WebAuthn Level 3, 6.1 to 6.5), so that a
// benchmark can sign in as fast as the server lets it.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

// User present, user verified; and at its making "attested credential data included".
const VERIFIED = 0x05;
const ATTESTED = 0x40;

/** CBOR, as far as an attestation needs it: small integers, byte and text strings, maps. */
function cbor(value) {
  const head = (major, length) => {
    if (length < 24) return Buffer.from([(major << 5) | length]);
    if (length < 256) return Buffer.from([(major << 5) | 24, length]);
    return Buffer.from([(major << 5) | 25, length >> 8, length & 0xff]);
  };
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const entries = [...value].flatMap(([key, member]) => [cbor(key), cbor(member)]);
  return Buffer.concat([head(5, value.size), ...entries]);
}

const clientData = (type, challenge, origin) =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

export class Passkey {
  #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  #id = randomBytes(32);
  #userHandle;

  /** The members of a credential that answers creation options; binary members in base64url. */
  create({ challenge, rp, user }, origin) {
    this.#userHandle = user.id;
    const { x, y } = this.#keys.publicKey.export({ format: 'jwk' });
    const key = cbor(new Map([
      [1, 2], [3, -7], [-1, 1], [-2, Buffer.from(x, 'base64url')], [-3, Buffer.from(y, 'base64url')],
    ]));
    const data = Buffer.concat([
      this.#authenticatorData(rp.id, VERIFIED | ATTESTED),
      Buffer.alloc(16), Buffer.from([0, this.#id.length]), this.#id, key,
    ]);
    const attestation = cbor(new Map([['fmt', 'none'], ['attStmt', new Map()], ['authData', data]]));
    return this.#credential({
      clientDataJSON: base64url(clientData('webauthn.create', challenge, origin)),
      attestationObject: base64url(attestation),
    });
  }

  /** The members of a credential that answers request options. */
  get({ challenge, rpId }, origin) {
    const data = this.#authenticatorData(rpId, VERIFIED);
    const client = clientData('webauthn.get', challenge, origin);
    const signed = Buffer.concat([data, sha256(client)]);
    return this.#credential({
      clientDataJSON: base64url(client),
      authenticatorData: base64url(data),
      signature: base64url(sign('sha256', signed, this.#keys.privateKey)),
      userHandle: this.#userHandle,
    });
  }

  // Its counter stays at zero, as synchronised passkeys' do.
  #authenticatorData(rpId, flags) {
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), Buffer.alloc(4)]);
  }

  #credential(response) {
    const id = base64url(this.#id);
    return { id, rawId: id, type: 'public-key', authenticatorAttachment: 'platform', response };
  }
}
