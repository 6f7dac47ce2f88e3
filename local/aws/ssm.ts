import { AwsError, type Input } from './call.ts';
import type { Clock } from './clock.ts';
import type { LocalParameter, SsmRules } from './local-parameter.ts';
import { SortedMap } from './sorted-map.ts';
import { type SsmAction, ssmActions } from './ssm-actions.ts';
import { tokenBucket } from './token-bucket.ts';

/** Parameters of one account. */
export interface Ssm {
  readonly perform: (action: string, region: string, input: Input) => unknown;
  /** All parameters of a region, by name. Tests change them as other people would. */
  readonly parameters: (region: string) => Map<string, LocalParameter>;
  readonly rules: SsmRules;
}

/** Calls per second and region. AWS's defaults: 3 for PutParameter, 40 for all reads together. */
export type SsmRates = { readonly putsPerSecond: number; readonly readsPerSecond: number } | 'unlimited';

export interface SsmOptions {
  readonly accountId: string;
  readonly clock: Clock;
  readonly rates: SsmRates;
  /** How long the name of a deleted parameter stays blocked: 30 in AWS, 0 for no such rule. */
  readonly recreateAfterSeconds: number;
}

const reads = new Set(['GetParameter', 'GetParameters', 'GetParametersByPath']);

export const createSsm = ({ accountId, clock, rates, recreateAfterSeconds }: SsmOptions): Ssm => {
  const rules: SsmRules = { changesTypes: false };
  const regions = new Map<string, SortedMap<LocalParameter>>();
  const parameters = (region: string): SortedMap<LocalParameter> => {
    const known = regions.get(region) ?? new SortedMap<LocalParameter>();
    regions.set(region, known);
    return known;
  };
  const deletedAt = new Map<string, number>();
  const bucket = (rate: 'putsPerSecond' | 'readsPerSecond') =>
    rates === 'unlimited' ? () => true : tokenBucket(rates[rate], clock.elapsed);
  const takePut = bucket('putsPerSecond');
  const takeRead = bucket('readsPerSecond');
  const take = (action: string, region: string): boolean => {
    if (action === 'PutParameter') return takePut(region);
    return reads.has(action) ? takeRead(region) : true;
  };

  const actionsOf = (region: string): Readonly<Record<string, SsmAction>> =>
    ssmActions({
      parameters: parameters(region),
      arnPrefix: `arn:aws:ssm:${region}:${accountId}:parameter`,
      now: clock.now,
      rules,
      remove: (name) => {
        if (!parameters(region).delete(name)) return false;
        deletedAt.set(`${region} ${name}`, clock.elapsed());
        return true;
      },
      isJustDeleted: (name) => {
        const at = deletedAt.get(`${region} ${name}`);
        return at !== undefined && clock.elapsed() - at < recreateAfterSeconds * 1000;
      },
    });

  return {
    parameters,
    rules,
    perform: (action, region, input) => {
      const run = actionsOf(region)[action];
      if (run === undefined)
        throw new AwsError('UnknownOperationException', `The stand-in does not know ssm:${action}.`);
      if (!take(action, region)) throw new AwsError('ThrottlingException', 'Rate exceeded');
      return run(input);
    },
  };
};
