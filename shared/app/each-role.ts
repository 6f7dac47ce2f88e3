import pMap, { pMapSkip } from 'p-map';
import { type Failure, PermanentError } from '../core/errors.ts';
import type { Settings } from '../core/settings.ts';
import type { Ports } from '../ports.ts';
import { readConcurrency } from './observe.ts';
import { failedOutcome } from './outcomes.ts';
import { type Finished, tellingOf, type Work } from './role-run.ts';
import { comesBack } from './unforeseen.ts';

const stopped = (settings: Settings, ports: Ports, work: Work, error: Failure): Finished => {
  const { request, touched, told } = work;
  const telling = tellingOf(settings, ports, request);
  const failed = failedOutcome(telling, { kind: 'absent', ref: request.ref }, error);
  return { request, touched, told, isDeferred: false, failures: [error], lastOutcomes: [failed] };
};

/**
 * Makes one step for each role of a batch. A role whose part throws stops there with its own failure; the others go on.
 * `step` says what is done to the role, as in "while it was planned".
 */
export const eachRole = async <Part extends Work, Result>(
  settings: Settings,
  ports: Ports,
  step: string,
  parts: readonly Part[],
  make: (part: Part) => Result | Promise<Result>,
): Promise<{ readonly done: readonly Result[]; readonly stopped: readonly Finished[] }> => {
  const ended: Finished[] = [];
  const done = await pMap(
    parts,
    async (part): Promise<Result | typeof pMapSkip> => {
      try {
        return await make(part);
      } catch (thrown) {
        const error =
          thrown instanceof PermanentError ? thrown : comesBack(ports.logger, part.request.ref, step, thrown);
        ended.push(stopped(settings, ports, part, error));
        return pMapSkip;
      }
    },
    { concurrency: readConcurrency },
  );
  return { done, stopped: ended };
};
