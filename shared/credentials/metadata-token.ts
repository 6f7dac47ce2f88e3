import { createHmac, timingSafeEqual } from 'node:crypto';

/** EC2's bounds: from a second to six hours. */
export const maxTokenSeconds = 21_600;

const signatureOf = (key: Uint8Array, end: string): string =>
  createHmac('sha256', key).update(end).digest('base64url');

/** A token of the IMDSv2 handshake. It carries its own end, signed, so that nothing is kept for each client. */
export const metadataToken = (key: Uint8Array, endMilliseconds: number): string => {
  const end = endMilliseconds.toString(36);
  return `${end}.${signatureOf(key, end)}`;
};

export const isMetadataToken = (key: Uint8Array, token: string, nowMilliseconds: number): boolean => {
  const end = token.replace(/\..*$/s, '');
  const [given, right] = [Buffer.from(token), Buffer.from(`${end}.${signatureOf(key, end)}`)];
  return (
    given.length === right.length &&
    timingSafeEqual(given, right) &&
    Number.parseInt(end, 36) > nowMilliseconds
  );
};
