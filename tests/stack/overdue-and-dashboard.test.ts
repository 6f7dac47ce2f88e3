import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const overdue = createRequire(__filename)('../../stack/overdue.cjs') as (
  schedule: string,
) => object | undefined;

describe('the alarm on a missing sweep does not ring between two sweeps that are in time', () => {
  // rolebridge.yml accepts each; it runs once a month at most.
  it.each(['cron(0 6 ? * 6L *)', 'cron(0 6 ? * 2#1 *)', 'cron(0 6 ? * 3#5 *)'])('%s', (schedule) => {
    expect(overdue(schedule)).toBeUndefined();
  });
});

it('the dashboard names every rule of the notifications, with the default outcomes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-dashboard-'));
  try {
    writeFileSync(
      join(folder, 'rolebridge.yml'),
      `${readFileSync('rolebridge.yml', 'utf8')}\nnotifications:\n  email: ops@example.com\n`,
    );
    const program = `process.stdout.write(JSON.stringify(require(${JSON.stringify(resolve('stack/dashboard.cjs'))}).resources()))`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('notify-outcomes');
    expect(stdout).toContain('notify-parts');
    expect(stdout).not.toContain('undefined');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
