import { settingsDigest } from '../../shared/core/settings-digest.ts';
import { settings } from '../support/settings.ts';

describe('the digest of the settings', () => {
  it('is the same for every order of the keys', () => {
    const reordered = Object.fromEntries(Object.entries(settings).toReversed());
    expect(settingsDigest({ ...settings, ...reordered })).toBe(settingsDigest(settings));
    const { allow, ...rest } = settings;
    expect(settingsDigest({ allow, ...rest })).toBe(settingsDigest(settings));
    expect(settingsDigest(settings)).toMatch(/^[0-9a-f]{32}$/);
  });

  it('changes with every value, and with the order of a list', () => {
    const [first, ...others] = settings.allow;
    const second = { to: 'x', roles: ['y'] };
    if (first === undefined) throw new Error('no rule');
    const digests = [
      settings,
      { ...settings, mode: 'dry-run' as const },
      { ...settings, google: { ...settings.google, pool: 'other' } },
      { ...settings, allow: [first, second, ...others] },
      { ...settings, allow: [second, first, ...others] },
    ].map(settingsDigest);
    expect(new Set(digests).size).toBe(digests.length);
  });
});
