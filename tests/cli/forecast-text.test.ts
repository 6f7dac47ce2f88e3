import { forecastDocument } from '../../cli/text/forecast-document.ts';
import { forecastText } from '../../cli/text/forecast-text.ts';
import { memorySweepPorts } from '../../shared/adapters/memory.ts';
import { forecast } from '../../shared/app/forecast.ts';
import { reader, settings } from '../support/settings.ts';
import { settleAll, tag, world } from '../support/sweeping.ts';

it('plan names the type of a parameter that is not a String', async () => {
  const made = world();
  tag(made, reader);
  await settleAll(made);
  const place = 'us-east-1 /google-access/reports/default';
  const found = made.parameters.get(place);
  if (found === undefined) throw new Error('nothing was published');
  made.parameters.set(place, { ...found, type: 'SecureString' });
  const planned = await forecast(settings, memorySweepPorts(made), {});
  expect(forecastText(planned, { asked: [], stage: 'prod' })).toContain(
    '/google-access/reports/default in us-east-1 (it is a SecureString; if AWS refuses to overwrite it, it is deleted and created again)',
  );
  expect(forecastDocument(planned).roles[0]?.changes).toMatchObject([
    { kind: 'publish', region: 'us-east-1', isNew: false, otherType: 'SecureString' },
  ]);
});
