import { type HttpAnswer, type LoopbackServer, serve } from '../../../local/http.ts';

/** An account as AWS sends it. */
export type Account = Readonly<Record<string, unknown>>;

interface Unit {
  readonly accounts?: readonly Account[];
  readonly units?: readonly string[];
}

/** A fake of AWS Organizations, as far as `rolebridge accounts` calls it. */
export interface Organizations extends LoopbackServer {
  /** The pages of ListAccounts. */
  pages: readonly (readonly Account[])[];
  readonly units: Map<string, Unit>;
  /** The operations so far, with the parent of each. */
  readonly calls: string[];
  /** Answers a call instead of the fake. Undefined lets the call through. */
  before: (operation: string, body: Readonly<Record<string, unknown>>) => HttpAnswer | undefined;
}

export const organization = 'o-a1b2c3d4e5';
export const management = '999900001111';

export const account = (Id: string, State = 'ACTIVE', Name = `name-${Id}`): Account => ({ Id, Name, State });

/** Every answer of AWS has an id. */
const id = { 'x-amzn-requestid': 'r-1' };

export const error = (__type: string, message = '', status = 400): HttpAnswer => ({
  status,
  headers: id,
  body: JSON.stringify({ __type, message }),
});

export const answer = (body: object): HttpAnswer => ({
  status: 200,
  headers: id,
  body: JSON.stringify(body),
});

export const startOrganizations = async (): Promise<Organizations> => {
  const server = await serve(async ({ headers, body: text }) => {
    const operation = /^AWSOrganizationsV20161128\.(.+)$/.exec(headers['x-amz-target'] ?? '')?.[1] ?? '';
    const body = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const parent = String(body['ParentId'] ?? '');
    world.calls.push(`${operation} ${parent}`.trim());
    return world.before(operation, body) ?? answerTo(operation, parent, String(body['NextToken'] ?? '0'));
  });
  const answerTo = (operation: string, parent: string, token: string): HttpAnswer => {
    const unit = world.units.get(parent);
    switch (operation) {
      case 'DescribeOrganization':
        return answer({ Organization: { Id: organization, MasterAccountId: management } });
      case 'ListAccounts': {
        const next = Number(token) + 1;
        return answer({
          Accounts: world.pages[Number(token)] ?? [],
          ...(next < world.pages.length ? { NextToken: String(next) } : {}),
        });
      }
      case 'ListAccountsForParent':
        return unit === undefined
          ? error('ParentNotFoundException', 'You specified parent that does not exist.')
          : answer({ Accounts: unit.accounts ?? [] });
      case 'ListOrganizationalUnitsForParent':
        return answer({ OrganizationalUnits: (unit?.units ?? []).map((Id) => ({ Id })) });
      default:
        return error('UnknownOperationException');
    }
  };
  const world: Organizations = {
    ...server,
    pages: [[account(management)]],
    units: new Map(),
    calls: [],
    before: () => undefined,
  };
  return world;
};
