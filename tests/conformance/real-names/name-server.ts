import { createSocket } from 'node:dgram';

/** Answers every question for a name with one address, and reports the name. */
export const startNameServer = async (
  address: string,
  onName: (name: string) => void,
): Promise<{ readonly close: () => void }> => {
  const socket = createSocket('udp4');
  socket.on('message', (query, from) => {
    const { name, type, end } = questionIn(query);
    onName(name);
    socket.send(
      answerTo(query.subarray(0, end), type === typeA ? address : undefined),
      from.port,
      from.address,
    );
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(53, '127.0.0.1', resolve);
  });
  return { close: () => void socket.close() };
};

const typeA = 1;
const headerBytes = 12;

/** RFC 1035, 4.1: a header, then one question of labels, each after its length. */
const questionIn = (
  query: Buffer,
): { readonly name: string; readonly type: number; readonly end: number } => {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
};

/** Repeats the question, with at most one answer, whose name points to the question's. */
const answerTo = (question: Buffer, address: string | undefined): Buffer => {
  const header = Buffer.alloc(headerBytes);
  question.copy(header, 0, 0, 2);
  const flags = 0x8580; // An answer, by the authority, without an error.
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(address === undefined ? 0 : 1, 6);
  const body = question.subarray(headerBytes);
  if (address === undefined) return Buffer.concat([header, body]);
  const record = Buffer.from([0xc0, headerBytes, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4]);
  return Buffer.concat([header, body, record, Buffer.from(address.split('.').map(Number))]);
};
