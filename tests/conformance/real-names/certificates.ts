import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allHosts } from './hosts.ts';

export interface Certificates {
  /** The authorities that clients should trust. */
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

/** The paths of the certificates in a folder. */
export const certificatesIn = (folder: string): Certificates => ({
  ca: join(folder, 'ca.pem'),
  certificate: join(folder, 'hosts.pem'),
  key: join(folder, 'hosts.key'),
});

/**
 * A certificate authority of the test's own, and one certificate for all hosts, and for others such as
 * `IP:192.0.2.1`. Python 3.13 requires the extensions.
 */
export const makeCertificates = (folder: string, others: readonly string[] = []): void => {
  const { ca, certificate, key } = certificatesIn(folder);
  const [caKey, request, extensions] = ['ca.key', 'hosts.csr', 'hosts.ext'].map((name) => join(folder, name));
  const openssl = (...args: readonly (string | undefined)[]): void => {
    execFileSync('openssl', args.map(String), { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = [
    '-days',
    '2',
    '-subj',
    '/CN=rolebridge test',
    '-addext',
    'keyUsage=critical,keyCertSign',
  ];
  openssl('req', '-x509', ...newKey, '-keyout', caKey, '-out', ca, ...authority);
  openssl('req', ...newKey, '-keyout', key, '-out', request, '-subj', '/CN=sealed network');
  const names = [...allHosts.map((host) => `DNS:${host}`), ...others].join(',');
  writeFileSync(String(extensions), `subjectAltName=${names}\nauthorityKeyIdentifier=keyid\n`);
  const signing = ['-CA', ca, '-CAkey', caKey, '-CAcreateserial', '-days', '2', '-extfile', extensions];
  openssl('x509', '-req', '-in', request, ...signing, '-out', certificate);
};
