import { type HttpAnswer, type HttpRequest, serve } from '../http.ts';
import { type Interception, interceptable } from '../interception.ts';
import { keepSecret } from '../kept-secrets.ts';
import { type Account, type AwsAccount, createAccount } from './account.ts';
import { type AssumingRoles, accountOf } from './assume-role.ts';
import { type Authorization, checkPermission, type IsAllowed } from './authorization.ts';
import { type AwsCall, AwsError, type AwsFault, text } from './call.ts';
import { type ClockOptions, createClock } from './clock.ts';
import type { Origin } from './cloud-trail.ts';
import type { RuleTarget } from './event-bus.ts';
import { type BusTarget, toBus } from './forwarding.ts';
import { createIds } from './ids.ts';
import { createOrganizations, type LocalOrganization } from './organization.ts';
import { performOnOrganization } from './organization-actions.ts';
import { createPrincipals, type Principal } from './principals.ts';
import { disabledRegion, isEnabled } from './regions.ts';
import { contextOf, permissionOf, type Request, resourcesOf } from './resources.ts';
import { checkSession } from './sessions.ts';
import { claimedSignature, isSignedWith, type Signed } from './signature.ts';
import type { SsmRates } from './ssm.ts';
import { assumeWithWebIdentity } from './web-identity.ts';
import { protocolOf } from './wire.ts';

export type { AwsAccount } from './account.ts';
export type { Credentials } from './principals.ts';

export interface AwsOptions extends Omit<ClockOptions, 'timeScale'> {
  readonly accountId: string;
  /** Shortens queue times and raises service rates. @default 1 */
  readonly timeScale?: number;
  /** Calls per second of the services' time. @default AWS's (3 puts, 40 reads) */
  readonly ssmRates?: SsmRates;
  /** How long the name of a deleted parameter stays blocked; 0 for no such rule. @default 30 (as in AWS) */
  readonly recreateAfterSeconds?: number;
  /** Decides every call of a role by its policies, and AssumeRole by the trust policy. @default every call is allowed */
  readonly isAllowed?: IsAllowed;
  /** The id of the first account's organization, such as `o-a1b2c3d4e5`. @default the account is in none */
  readonly organizationId?: string;
}

export interface NewAccount {
  /** @default the first account's */
  readonly organizationId?: string;
}

/** The first account, and what all accounts share. */
export interface AwsWorld extends AwsAccount, Interception<AwsCall, AwsFault> {
  readonly url: string;
  /** Opens another account, with state of its own behind the same address. @throws Error if it exists */
  readonly addAccount: (accountId: string, options?: NewAccount) => AwsAccount;
  /** A target for a rule of any account that sends events to another bus. @throws AwsError if a policy does not allow it */
  readonly busTarget: (target: BusTarget) => Promise<RuleTarget>;
  /** The organization of an account, which tests arrange. @throws Error if it is in none */
  readonly organizationOf: (accountId: string) => LocalOrganization;
  /** @throws Error if the account does not exist */
  readonly account: (accountId: string) => AwsAccount;
  /** The number of events of all accounts that are on their way to a target. */
  readonly delivering: () => number;
  /** Bytes of all answers so far, without their headers. */
  readonly bytesSent: () => number;
  /** Values that must not appear in any log: issued secret keys and session tokens, and received signatures. */
  readonly secrets: () => readonly string[];
  readonly close: () => Promise<void>;
}

/** The world as one of its accounts sees it: that account's services, in the place of the first account's. */
export const inAccount = (aws: AwsWorld, accountId: string): AwsWorld => ({
  ...aws,
  ...aws.account(accountId),
});

/** The AWS services that rolebridge uses, in memory, over HTTP, for the unmodified SDK. Checks signatures. */
export const startAws = async ({
  accountId,
  timeScale = 1,
  ssmRates = { putsPerSecond: 3, readsPerSecond: 40 },
  recreateAfterSeconds = 30,
  isAllowed,
  organizationId,
  ...time
}: AwsOptions): Promise<AwsWorld> => {
  const clock = createClock({ timeScale, ...time });
  const ids = createIds();
  const principals = createPrincipals(clock);
  const accounts = new Map<string, Account>();
  const existing = (id: string): Account => {
    const found = accounts.get(id);
    if (found === undefined) throw new Error(`the account ${id} does not exist; add it with addAccount`);
    return found;
  };
  const assuming: AssumingRoles = {
    now: clock.now,
    issue: principals.issue,
    roleOf: (arn) => accounts.get(accountOf(arn))?.roleOf(arn),
  };
  const organizations = createOrganizations(clock);
  const busOf: Authorization['busOf'] = (id) => accounts.get(id)?.services.bus;
  const authorization: Authorization = {
    isAllowed,
    iamOf: (id) => accounts.get(id)?.services.iam,
    organizationOf: (id) => organizations.of(id)?.id,
    busOf,
  };
  const busTarget = (target: BusTarget): Promise<RuleTarget> => toBus(authorization, target);
  const addAccount = (
    id: string,
    { organizationId: ownOrganization = organizationId }: NewAccount = {},
  ): Account => {
    if (accounts.has(id)) throw new Error(`the account ${id} exists already`);
    const added = createAccount({
      accountId: id,
      clock,
      ids,
      timeScale,
      ssmRates,
      recreateAfterSeconds,
      issue: principals.issue,
      assuming,
      queueUrl: (name) => `${server.url}/${id}/${name}`,
      busOf,
      toBus: busTarget,
    });
    accounts.set(id, added);
    if (ownOrganization !== undefined) organizations.join(ownOrganization, id);
    return added;
  };
  const home = addAccount(accountId);

  const signatures = new Set<string>();
  const authenticate = (request: HttpRequest, { accessKeyId, service, region }: Signed): Principal => {
    const principal = principals.find(accessKeyId, request.headers['x-amz-security-token']);
    if (!isSignedWith(request, principal.credentials.secretAccessKey))
      throw new AwsError(
        'SignatureDoesNotMatch',
        'The request signature we calculated does not match the signature you provided.',
        403,
      );
    const { iam, optedInRegions } = existing(principal.accountId).services;
    checkSession(principal, clock.now(), (roleName) => iam.role(roleName)?.roleId, service);
    if (!isEnabled(region, optedInRegions)) throw disabledRegion(service);
    return principal;
  };

  const permit = async (asked: Request, { resources }: AwsCall, origin: Origin): Promise<void> => {
    try {
      await checkPermission(authorization, asked, resources, origin.caller);
    } catch (error) {
      const { service, action, input } = asked;
      if (service === 'iam' && error instanceof AwsError)
        existing(asked.accountId).services.iam.refused(action, input, error, origin);
      throw error;
    }
  };

  const interception = interceptable<AwsCall, AwsFault, HttpAnswer>();
  const handle = (
    request: HttpRequest,
    signed: Signed,
    requestId: string,
  ): Promise<HttpAnswer | undefined> => {
    const { service, region } = signed;
    signatures.add(keepSecret(signed.signature));
    const caller = authenticate(request, signed);
    const protocol = protocolOf(service, request);
    const { action, input } = protocol.parse(request);
    const { perform, services } = existing(caller.accountId);
    const { iam } = services;
    const asked = { service, action, region, accountId: caller.accountId, input };
    const origin = { caller, requestId, userAgent: request.headers['user-agent'] ?? '' };
    const call: AwsCall = {
      action: permissionOf(asked),
      region,
      accountId: caller.accountId,
      principalArn: caller.arn,
      accessKeyId: caller.credentials.accessKeyId,
      input,
      resources: resourcesOf(asked, iam),
      context: contextOf(asked),
      sequence: interception.calls.length,
    };
    return interception.through(
      call,
      async () => {
        await permit(asked, call, origin);
        const output =
          service === 'organizations'
            ? performOnOrganization(organizations.of(caller.accountId), caller.accountId, action, input)
            : await perform(asked, origin);
        return protocol.answer(action, output, requestId);
      },
      ({ code, message, status, output, page }) => {
        if (page !== undefined) return new ReplacedAnswer({ status, body: page });
        if (output !== undefined) return new ReplacedAnswer(protocol.answer(action, output, requestId));
        const error = new AwsError(code, message, status);
        if (service === 'iam') iam.refused(action, input, error, origin);
        return error;
      },
    );
  };
  /** AssumeRoleWithWebIdentity is the only unsigned call: its token identifies the caller. */
  const performUnsigned = (request: HttpRequest, requestId: string): HttpAnswer => {
    const protocol = protocolOf('sts', request);
    const { action, input } = protocol.parse(request);
    if (action !== 'AssumeRoleWithWebIdentity')
      throw new AwsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
    const account = accounts.get(accountOf(text(input, 'RoleArn'))) ?? home;
    const place = {
      ...assuming,
      accountId: account.accountId,
      providers: account.services.identityProviders,
    };
    return protocol.answer(action, assumeWithWebIdentity(place, input), requestId);
  };
  const respond = async (request: HttpRequest): Promise<HttpAnswer | undefined> => {
    const requestId = ids.next();
    const signed = claimedSignature(request);
    try {
      if (signed === undefined) return performUnsigned(request, requestId);
      return await handle(request, signed, requestId);
    } catch (error) {
      if (error instanceof ReplacedAnswer) return error.answer;
      if (error instanceof AwsError)
        return protocolOf(signed?.service ?? 'sts', request).refuse(error, requestId);
      throw error;
    }
  };

  const server = await serve(respond);
  return {
    url: server.url,
    ...home.services,
    addAccount: (id, more) => addAccount(id, more).services,
    busTarget,
    organizationOf: (id) => {
      const organization = organizations.of(id);
      if (organization === undefined) throw new Error(`the account ${id} is in no organization`);
      return organization;
    },
    account: (id) => existing(id).services,
    delivering: () =>
      [...accounts.values()].reduce((sum, { services }) => sum + services.bus.delivering(), 0),
    bytesSent: server.bytesSent,
    calls: interception.calls,
    intercept: interception.intercept,
    afterwards: interception.afterwards,
    secrets: () => [
      ...principals
        .all()
        .flatMap(({ credentials }) => [credentials.secretAccessKey, credentials.sessionToken]),
      ...signatures,
    ],
    close: async () => {
      await Promise.all([
        server.close(),
        ...[...accounts.values()].map(({ services }) => services.dynamodb.close()),
      ]);
    },
  };
};

/** A success that an interceptor answered with, instead of the service. */
class ReplacedAnswer extends Error {
  readonly answer: HttpAnswer;
  constructor(answer: HttpAnswer) {
    super('an interceptor answered');
    this.answer = answer;
  }
}
