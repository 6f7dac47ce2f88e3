import { type LoopbackServer, serve } from '../../local/http.ts';

export interface GrantText {
  readonly grant: string;
  readonly text: string;
}

/**
 * Starts a Parameter Store that has these texts at the grants of the role `reports`, for one listing. The real one
 * returns at most 10 per page. boot/fetch starts curl and awk for each page, which takes nearly all of its time, so
 * this one returns 100.
 */
export const startParameterPages = (configs: readonly GrantText[]): Promise<LoopbackServer> => {
  const pages = Array.from({ length: Math.ceil(configs.length / perPage) }, (_, page) =>
    configs
      .slice(page * perPage, (page + 1) * perPage)
      .map(({ grant, text }) => ({ Name: `/google-access/reports/${grant}`, Type: 'String', Value: text })),
  );
  return serve(({ body }) => {
    const { NextToken = '0' } = JSON.parse(body) as { readonly NextToken?: string };
    const page = Number(NextToken);
    const next = page + 1 < pages.length ? { NextToken: String(page + 1) } : {};
    return Promise.resolve({
      status: 200,
      body: JSON.stringify({ Parameters: pages[page] ?? [], ...next }),
    });
  });
};

const perPage = 100;
