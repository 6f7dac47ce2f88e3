import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';

export interface Code {
  readonly folder: string;
  readonly remove: () => void;
}

/** What Lambda does with the uploaded code. */
export const unpack = (zip: string): Code => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-'));
  for (const [name, content] of Object.entries(unzipSync(readFileSync(zip)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

/** `dist/handlers/reconcile.handler` is the export `handler` of `dist/handlers/reconcile.js`. */
export const splitHandler = (handler: string): readonly [file: string, name: string] => {
  const dot = handler.lastIndexOf('.');
  return [`${handler.slice(0, dot)}.js`, handler.slice(dot + 1)];
};
