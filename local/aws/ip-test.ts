import { BlockList, isIP, isIPv6 } from 'node:net';
import { invalidPattern } from './invalid-pattern.ts';

type TextTest = (text: string) => boolean;

/** `10.0.0.0/8`, `2001:db8::/32` @throws AwsError InvalidEventPatternException */
export const toCidrTest = (cidr: string): TextTest => {
  const [address = '', bits = '', ...more] = cidr.split('/');
  if (bits === '' || more.length > 0) throw invalidPattern("Malformed CIDR, one '/' required");
  if (!/^\d+$/.test(bits)) throw invalidPattern('Malformed CIDR, mask bits must be an integer');
  if (!isAddress(address)) throw invalidPattern(`Nonstandard IP address: ${address}`);
  const allBits = isIPv6(address) ? 128 : 32;
  if (Number(bits) >= allBits)
    throw invalidPattern(`IPv${isIPv6(address) ? 6 : 4} mask bits must be < ${allBits}`);
  const list = new BlockList();
  list.addSubnet(address, Number(bits), familyOf(address));
  return isIn(list, address);
};

export const isAddress = (text: string): boolean => isIP(text) > 0;

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv6(address) ? 'ipv6' : 'ipv4');

/** Addresses of different families never match: 10.0.0.1 and ::ffff:10.0.0.1 differ. */
const isIn =
  (list: BlockList, address: string): TextTest =>
  (text) =>
    isIP(text) === isIP(address) && list.check(text, familyOf(text));

/** Matches every spelling of the same address: `::1` is `0:0:0:0:0:0:0:1`. */
export const toAddressTest = (address: string): TextTest => {
  const list = new BlockList();
  list.addAddress(address, familyOf(address));
  return isIn(list, address);
};
