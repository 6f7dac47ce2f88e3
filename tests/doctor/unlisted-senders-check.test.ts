import { ok, warning } from '../../shared/doctor/finding.ts';
import type { LogLine } from '../../shared/doctor/ports.ts';
import { checkUnlistedSenders } from '../../shared/doctor/unlisted-senders-check.ts';

const line = (at: string, unlistedSender: unknown): LogLine => ({
  functionName: 'rolebridge-prod-reconcile',
  at,
  text: `${JSON.stringify({ level: 'WARN', message: 'A message was ignored.', unlistedSender })}\n`,
});
const [stranger, other, listed] = ['555566667777', '999988887777', '444455556666'];
const check = (lines: readonly LogLine[], isComplete = true) =>
  checkUnlistedSenders('prod', [listed], { lines, isComplete });
const none = 'No account that rolebridge.yml does not list sent a role event within 24 hours.';

describe('senders that are not listed', () => {
  it('are none', () => {
    expect(check([])).toEqual(ok(none));
  });

  it('are named with the number of their events and their times, the busiest first', () => {
    const lines = [
      line('2026-01-03T00:00:00.000Z', stranger),
      line('2026-01-01T00:00:00.000Z', other),
      line('2026-01-02T00:00:00.000Z', stranger),
    ];
    expect(check(lines)).toEqual(
      warning(
        '2 accounts sent role events within 24 hours that rolebridge ignored, because rolebridge.yml does not list the sender:\n' +
          `${stranger}: 2 events, the first at 2026-01-02T00:00:00.000Z, the last at 2026-01-03T00:00:00.000Z\n` +
          `${other}: 1 event, at 2026-01-01T00:00:00.000Z`,
        expect.stringMatching(
          /rolebridge accounts --write, then rolebridge setup --only-providers and npm run deploy\n.*with credentials of that account: aws events disable-rule --name rolebridge-prod-forward --region us-east-1$/,
        ),
      ),
    );
    expect(check(lines, false).message).toContain(`${stranger}: at least 2 events`);
  });

  it('may be many', () => {
    const lines = Array.from({ length: 5000 }, (_, index) => line('t', String(500_000_000_000 + index)));
    const { message } = check(lines);
    expect(message.split('\n')).toHaveLength(12);
    expect(message).toContain('\n4990 more accounts');
  });

  it('are listed by now', () => {
    expect(check([line('2026-01-01T00:00:00.000Z', listed)])).toEqual(
      ok(
        none,
        'Events of 1 account were ignored until 2026-01-01T00:00:00.000Z, and rolebridge.yml lists them now. If you have not deployed since: npm run deploy',
      ),
    );
  });

  it.each([['rm -rf /'], [42], [undefined]])('have an id of 12 digits, unlike %j', (sender) => {
    expect(check([line('t', sender), { ...line('t', ''), text: 'no JSON' }])).toEqual(ok(none));
  });
});
