import { isRecord, parseJson } from '../core/json.ts';
import { isServiceAccountEmail } from '../core/service-account.ts';
import {
  type ConfigShape,
  configShapes,
  type FormName,
  formNames,
  impersonatedShape,
  publicOrigins,
} from './config-shapes.ts';

/** The providers and origins that a config may name. Origins have no slash at their end. */
export interface ConfigTrust {
  /** `projects/N/locations/global/workloadIdentityPools/POOL/providers/PROVIDER` */
  readonly providers: readonly string[];
  /** Origins besides Google's public ones: `google.endpoints` of rolebridge.yml. */
  readonly origins: readonly string[];
  /** The metadata endpoint that the accepted config will name. */
  readonly metadata: string;
}

export type ConfigCheck =
  | { readonly kind: 'accepted'; readonly config: Readonly<Record<string, unknown>> }
  | { readonly kind: 'refused'; readonly reason: string };

/** Parameter Store's own limit for an advanced parameter. */
const maxBytes = 8192;
const maxShown = 200;

type Leaves = ReadonlyMap<string, string>;

/**
 * Rewrites a config for a metadata endpoint, if it has exactly one of the published shapes (boot/fetch makes the same check).
 * The result is built from the table, so nothing in the text is passed on unchecked.
 */
export const rewriteConfig = (text: string, trust: ConfigTrust): ConfigCheck => {
  const leaves = leavesOf(text);
  if (typeof leaves === 'string') return { kind: 'refused', reason: leaves };
  const shape = shapeOf(leaves);
  const reason = differenceFrom(shape, leaves, trust);
  return reason === undefined
    ? { kind: 'accepted', config: rebuilt(shape, leaves, trust.metadata) }
    : { kind: 'refused', reason };
};

/** Every value of the config under its path, or why the config does not have our form at all. */
const leavesOf = (text: string): Leaves | string => {
  if (Buffer.byteLength(text) > maxBytes) return `it is longer than ${maxBytes} bytes`;
  // Published configs are plain ASCII without escapes. Parsers disagree about the rest: Go, for one, folds U+017F to s.
  if (/[^\t\n\r -~]|\\/.test(text)) return 'it holds an escaped character, or one that is not ASCII';
  const value = parseJson(text);
  if (!isRecord(value)) return 'it is not a JSON object';
  const leaves = new Map<string, string>();
  let objects = 0;
  for (const [key, field] of Object.entries(value)) {
    if (isRecord(field)) objects += 1;
    const entries = isRecord(field) ? Object.entries(field) : [[undefined, field] as const];
    if (entries.length === 0) return `"${shown(key)}" is empty`;
    for (const [inner, leaf] of entries) {
      const path = inner === undefined ? key : `${key}.${inner}`;
      // No key of ours holds a dot, so a flat "credential_source.url" is not the nested one.
      if (`${key}${inner ?? ''}`.includes('.')) return `"${shown(path)}" is not a key of a published config`;
      if (typeof leaf !== 'string') return `the value of "${shown(path)}" is not a text`;
      leaves.set(path, leaf);
    }
  }
  // Without escapes, each text takes exactly two quotes. More of them means a key that is there twice, and parsers differ
  // in which of the two they take.
  return text.split('"').length - 1 === 4 * leaves.size + 2 * objects ? leaves : 'it has a key twice';
};

const shown = (text: string): string =>
  text.length > maxShown ? `${text.slice(0, maxShown)}… (${text.length} characters)` : text;

const shapeOf = (leaves: Leaves): ConfigShape =>
  configShapes.find(({ fields }) => fields.slice(-1).every(({ key }) => leaves.has(key))) ??
  impersonatedShape;

const differenceFrom = ({ fields }: ConfigShape, leaves: Leaves, trust: ConfigTrust): string | undefined => {
  const unknown = [...leaves.keys()].find((path) => !fields.some(({ key }) => key === path));
  if (unknown !== undefined) return `"${shown(unknown)}" is not a key of a published config`;
  for (const { key, form } of fields) {
    const value = leaves.get(key);
    if (value === undefined) return `"${key}" is missing`;
    if (!fits(value, form, trust)) return `"${key}" is ${shown(value)}${hint(form, trust)}`;
  }
  return undefined;
};

const fits = (text: string, form: string, trust: ConfigTrust): boolean => {
  const at = form.indexOf('<');
  if (at < 0) return text === form;
  if (text.slice(0, at) !== form.slice(0, at)) return false;
  const remaining = text.slice(at);
  return formNames.some(
    (name) =>
      form.startsWith(`<${name}>`, at) &&
      candidates(name, remaining, trust).some(
        (candidate) =>
          remaining.startsWith(candidate) &&
          fits(remaining.slice(candidate.length), form.slice(at + name.length + 2), trust),
      ),
  );
};

const candidates = (name: FormName, text: string, trust: ConfigTrust): readonly string[] => {
  switch (name) {
    case 'sts':
    case 'iamcredentials':
      return [publicOrigins[name], ...trust.origins];
    case 'metadata':
      return [publicOrigins.metadata, trust.metadata];
    case 'provider':
      return trust.providers;
    case 'email': {
      const email = text.replace(/:.*/s, '');
      return isServiceAccountEmail(email) ? [email] : [];
    }
  }
};

const hint = (form: string, { providers }: ConfigTrust): string => {
  if (form.includes('<provider>'))
    return `, which is not a provider of a trusted pool for this AWS account (expected ${shown(providers.join(' or '))})`;
  return /<(sts|iamcredentials)>/.test(form)
    ? ', which is not at an endpoint of Google or of GOOGLE_ACCESS_TRUSTED_ENDPOINTS'
    : '';
};

const rebuilt = ({ fields }: ConfigShape, leaves: Leaves, metadata: string) => {
  const config: Record<string, string | Record<string, string>> = {};
  for (const { key, form } of fields) {
    const value = form.startsWith('<metadata>')
      ? form.replace('<metadata>', () => metadata)
      : String(leaves.get(key));
    const name = key.replace(/\..*/, '');
    if (name === key) config[name] = value;
    else
      config[name] = {
        ...(isRecord(config[name]) ? config[name] : {}),
        [key.slice(name.length + 1)]: value,
      };
  }
  return config;
};
