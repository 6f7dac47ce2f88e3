import { credentialConfig, sameJson } from './credential-config.ts';
import type { Grant, RoleRef, Target } from './model.ts';
import { configType, type ObservedParameter } from './observed.ts';
import { parameterName, projectParameterName } from './parameter-name.ts';
import { providerOf, type Settings } from './settings.ts';

/** One parameter of a grant, the same in each region. */
export interface GrantParameter {
  readonly kind: 'config' | 'project';
  readonly name: string;
  readonly value: string;
}

/**
 * The parameters that a grant is published with: its credential config, and for a Google role on a resource the project that
 * clients are to use, because such a config names none. Empty if the role's account is not configured.
 */
export const grantParameters = (
  settings: Settings,
  ref: RoleRef,
  { name: grant, target, clientProject }: Pick<Grant, 'name' | 'target' | 'clientProject'>,
): readonly GrantParameter[] => {
  const provider = providerOf(settings, ref);
  if (provider === undefined) return [];
  const name = parameterName(settings.parameterPrefix, ref, grant);
  return [
    { kind: 'config', name, value: JSON.stringify(configOf(settings, provider, target), null, 2) },
    ...(clientProject === undefined
      ? []
      : [{ kind: 'project' as const, name: projectParameterName(name), value: clientProject }]),
  ];
};

const configOf = (settings: Settings, provider: string, target: Target) =>
  credentialConfig(settings, provider, target.kind === 'serviceAccount' ? target.email : undefined);

/** Whether a parameter is published as it should be. In any other type, even the right text is not valid. */
export const isPublishedAs = (wanted: GrantParameter, found: ObservedParameter): boolean =>
  found.type === configType &&
  (wanted.kind === 'config' ? sameJson(found.value, wanted.value) : found.value === wanted.value);
