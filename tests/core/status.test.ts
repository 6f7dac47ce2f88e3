import { isStatus, statusName, statusText } from '../../shared/core/status.ts';

const name = statusName('/google-access/reports/default');
const since = '2026-11-24T12:00:00Z';

describe('the status of a grant', () => {
  it('is beside its config, under a name that no config has', () => {
    expect(name).toBe('/google-access/reports/default.status');
  });

  it('has its keys in a fixed order, and none without a value', () => {
    expect(statusText({ state: 'granted', since })).toBe(
      `{"version":1,"state":"granted","since":"${since}"}`,
    );
    expect(statusText({ state: 'refused', reason: 'No rule names it.' })).toBe(
      '{"version":1,"state":"refused","reason":"No rule names it."}',
    );
  });

  it('is recognized as ours, also in a later version', () => {
    expect(isStatus({ name, value: statusText({ state: 'refused', since, reason: 'x' }) })).toBe(true);
    expect(isStatus({ name, value: '{"version":2,"state":"paused"}' })).toBe(true);
  });

  it.each([
    ['under the name of a config', '/google-access/reports/default', statusText({ state: 'granted' })],
    ['without a version', name, '{"state":"granted"}'],
    ['with a state that is not a text', name, '{"version":1,"state":7}'],
    ['with more', name, '{"version":1,"state":"granted","note":"mine"}'],
    ['as a text', name, 'granted'],
  ])('is not ours %s', (_, at, value) => {
    expect(isStatus({ name: at, value })).toBe(false);
  });
});
