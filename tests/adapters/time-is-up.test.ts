import { createReconcileRuntime } from '../../handlers/runtime.ts';
import { reports } from '../support/settings.ts';
import { localSubject } from '../support/subjects.ts';
import { withVariables } from '../support/variables.ts';

const logger = { info: () => undefined, warn: () => undefined };

it("when the function's time for looking is up, it can still report what was done", async () => {
  const { aws, close } = await localSubject();
  const queue = `${aws.url}/${aws.accountId}/q`;
  await withVariables(
    { ROLEBRIDGE_QUEUE_URL: queue, ROLEBRIDGE_TABLE: 'ledger', AWS_REGION: 'us-east-1' },
    async () => {
      const { invocation } = createReconcileRuntime(logger);
      const { ports } = invocation(AbortSignal.abort(), new AbortController().signal);
      await expect(ports.roles.read(reports)).rejects.toThrow('AWS had not answered when the time');
      await ports.outcomes.send([
        {
          type: 'Failed',
          detail: {
            version: 1,
            id: 'x',
            role: reports,
            cause: {},
            at: '2026-11-24T12:00:00Z',
            parameters: [],
          },
        },
      ]);
      await ports.secondLooks.schedule([{ ref: reports, cause: {}, reported: '', deferrals: 0, events: [] }]);
    },
  );
  expect(aws.bus.history.map(({ 'detail-type': type }) => type)).toEqual(['Google Access Failed']);
  expect(aws.sqs.queue('q').messages).toHaveLength(1);
  await close();
});
