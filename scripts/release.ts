/** Writes the files of a release to release/: `npm run release -- v1.2.3`. Publishes nothing. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../package.json' with { type: 'json' };
import { notices } from './bundled.ts';
import { softwareBill } from './software-bill.ts';

const tag = process.argv[2] ?? '';
if (tag !== `v${manifest.version}`) {
  console.error(
    `The tag is ${tag || 'not given'}, and package.json says ${manifest.version}: they must agree.`,
  );
  process.exit(1);
}
const folder = 'release';
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
execFileSync('npm', ['run', '--silent', 'package'], { stdio: 'inherit' });
execFileSync(process.execPath, ['scripts/build-cli.ts'], { stdio: 'inherit' });
copyFileSync('dist/rolebridge.mjs', join(folder, 'rolebridge.mjs'));
for (const name of ['reconcile.zip', 'sweep.zip'])
  copyFileSync(join('.serverless', name), join(folder, name));
copyFileSync('boot/fetch', join(folder, 'fetch'));
writeFileSync(join(folder, 'sbom.cdx.json'), JSON.stringify(softwareBill(), null, 2));
writeFileSync(join(folder, 'THIRD-PARTY-NOTICES.txt'), notices());

const sums = readdirSync(folder)
  .toSorted()
  .map(
    (name) =>
      `${createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')}  ${name}\n`,
  )
  .join('');
writeFileSync(join(folder, 'SHA256SUMS'), sums);
console.log(sums.trimEnd());
