import type { Cloud } from './cloud.ts';
import { differences } from './compare.ts';
import { drain, startSweep, sweepAndRepair } from './invoke.ts';
import { type Scenario, scenarioCloud } from './scenario.ts';
import { scenarios } from './scenarios.ts';
import { type Fault, faults, newTurns, type Turns, takeTurns } from './turns.ts';

export interface Cell {
  readonly position: number;
  /** The places where the clouds still differ from the model after the sweep. */
  readonly differences: readonly string[];
  /** Whether they already agreed before it. */
  readonly isEarly: boolean;
}

export interface Row {
  readonly scenario: string;
  readonly noticedBy: Scenario['noticedBy'];
  readonly positions: number;
  readonly cells: ReadonlyMap<Fault, readonly Cell[]>;
}

/** Everything that happens until no function has anything left to do. */
const runToEnd = async (cloud: Cloud, { noticedBy }: Scenario, turns: Turns): Promise<void> => {
  if (noticedBy === 'sweep') {
    startSweep(cloud, turns);
    await takeTurns(turns);
  }
  await drain(cloud, turns);
};

const changed = async (scenario: Scenario): Promise<Cloud> => {
  const cloud = scenarioCloud();
  scenario.before(cloud);
  await sweepAndRepair(cloud, newTurns());
  const unsettled = differences(cloud);
  if (unsettled.length > 0) throw new Error(`${scenario.name}: ${unsettled.join('\n')}`);
  scenario.change(cloud);
  if (differences(cloud).length === 0) throw new Error(`${scenario.name}: there is nothing to do`);
  return cloud;
};

const copyOf = ({ world: { before, after, ...world }, ...rest }: Cloud): Cloud => ({
  ...structuredClone(rest),
  world: { ...structuredClone(world), before, after },
});

const runCell = async (scenario: Scenario, cloud: Cloud, position: number, fault: Fault): Promise<Cell> => {
  const turns = newTurns((call) => (call === position ? fault : undefined));
  await runToEnd(cloud, scenario, turns);
  const isEarly = differences(cloud).length === 0;
  await sweepAndRepair(cloud, newTurns());
  return { position, differences: differences(cloud), isEarly };
};

/** Every port call of every scenario meets every fault, once. */
export const runMatrix = async (): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (const scenario of scenarios) {
    const start = await changed(scenario);
    const probe = newTurns();
    await runToEnd(copyOf(start), scenario, probe);
    const positions = probe.calls;
    const cells = new Map<Fault, readonly Cell[]>();
    for (const fault of faults) {
      const column: Cell[] = [];
      for (let position = 0; position < positions; position += 1)
        column.push(await runCell(scenario, copyOf(start), position, fault));
      cells.set(fault, column);
    }
    rows.push({ scenario: scenario.name, noticedBy: scenario.noticedBy, positions, cells });
  }
  return rows;
};

export const allCells = (rows: readonly Row[]) =>
  rows.flatMap(({ scenario, noticedBy, cells }) =>
    [...cells].flatMap(([fault, column]) => column.map((cell) => ({ scenario, noticedBy, fault, ...cell }))),
  );

const table = (lines: readonly (readonly string[])[]): string => {
  const widths = (lines[0] ?? []).map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((text, column) =>
          column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0),
        )
        .join('  '),
    )
    .join('\n');
};

/** Scenario rows × fault columns: converged/positions after one sweep; the last column counts those before it. */
export const matrixText = (rows: readonly Row[]): string => {
  const of = (cells: readonly Cell[], is: (cell: Cell) => boolean) =>
    `${cells.filter(is).length}/${cells.length}`;
  const converged = (cell: Cell) => cell.differences.length === 0;
  const early = (cell: Cell) => cell.isEarly;
  const every = rows.flatMap(({ cells }) => [...cells.values()].flat());
  const columns = faults.map((fault) => rows.flatMap(({ cells }) => cells.get(fault) ?? []));
  return [
    table([
      ['scenario', ...faults, 'before the sweep'],
      ...rows.map(({ scenario, cells }) => [
        scenario,
        ...[...cells.values()].map((column) => of(column, converged)),
        of([...cells.values()].flat(), early),
      ]),
      ['all', ...columns.map((column) => of(column, converged)), of(every, early)],
    ]),
    '',
    `${every.length} cells; ${every.filter(converged).length} agree with the model after one sweep, ` +
      `${every.filter(early).length} did so before it.`,
  ].join('\n');
};
