import { readFileSync } from 'node:fs';
import { parseSettings } from '../../shared/config/config.ts';
import { dashboardResources } from '../../stack/dashboard.ts';
import { overdue } from '../../stack/overdue.ts';

describe('the alarm on a missing sweep does not ring between two sweeps that are on time', () => {
  // rolebridge.yml accepts each of these; each runs once a month at most.
  it.each(['cron(0 6 ? * 6L *)', 'cron(0 6 ? * 2#1 *)', 'cron(0 6 ? * 3#5 *)'])('%s', (schedule) => {
    expect(overdue(schedule)).toBeUndefined();
  });
});

it('the dashboard names every rule of the notifications, with the default outcomes', () => {
  const settings = parseSettings(
    `${readFileSync('rolebridge.yml', 'utf8')}\nnotifications:\n  email: ops@example.com\n`,
  );
  const dashboard = JSON.stringify(dashboardResources(settings));
  expect(dashboard).toContain('notify-outcomes');
  expect(dashboard).toContain('notify-parts');
  expect(dashboard).not.toContain('undefined');
});
