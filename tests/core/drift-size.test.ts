import type { Change } from '../../shared/core/change.ts';
import { driftDetail, emptyDrift } from '../../shared/core/drift.ts';
import { serviceAccountResource } from '../../shared/core/service-account.ts';
import { email, now, reports } from '../support/settings.ts';

const many = Array.from({ length: 2_000 }, (_, index) => index);
const place = (index: number) => ({
  region: 'us-east-1',
  name: `/google-access/REPORTS/${'x'.repeat(800)}${index}`,
});

describe('invariant 9: a drift stays within the 256 KB of EventBridge', () => {
  const strays = many.map(place);
  const resources = many.map((index) => serviceAccountResource(email(`account-${index}`)));
  const changes = strays.map(
    (stray): Change => ({ ...stray, kind: 'unpublish', id: stray.name, grants: [], pool: '', behind: [] }),
  );
  const approved = resources.map((access) => ({ access, answeredBy: `arn:${'a'.repeat(100)}` }));
  const drift = {
    ref: reports,
    changes,
    strays,
    resources,
    released: resources,
    mayLeave: resources,
    absent: resources,
    approved,
  };

  it('no matter how much was planted for the role', () => {
    expect(Buffer.byteLength(JSON.stringify(driftDetail(drift, now)))).toBeLessThan(256 * 1024);
  });

  it('and reports which lists were cut', () => {
    const cut = ['changes', 'resources', 'strays', 'released', 'mayLeave', 'absent', 'approved'];
    expect(driftDetail(drift, now).cut).toEqual(cut);
    const none = emptyDrift(reports);
    expect(driftDetail(none, now)).not.toHaveProperty('cut');
    const more = {
      roleId: 'AROA1',
      answers: ['forget#project#x'],
      approved: approved.slice(0, 3),
      answeredBy: 'arn',
    };
    expect(driftDetail({ ...none, ...more }, now)).toMatchObject({
      role: { roleId: 'AROA1' },
      answers: more.answers,
      approved: more.approved,
      answeredBy: 'arn',
    });
  });

  it('and keeps the first items of each list: the next sweeps bring the rest', () => {
    const detail = driftDetail(drift, now);
    expect(detail.strays.length).toBeGreaterThan(50);
    expect(detail.strays).toEqual(strays.slice(0, detail.strays.length));
    for (const list of [detail.resources, detail.released, detail.absent]) {
      expect(list.length).toBeGreaterThan(200);
      expect(list).toEqual(resources.slice(0, list.length));
    }
  });
});
