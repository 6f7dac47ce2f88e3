/** Whether the calendar has a day `YYYY-MM-DD`. JavaScript's own dates take 2026-02-30 for the 2nd of March. */
export const isRealDay = (day: string): boolean => {
  const midnight = `${day}T00:00:00.000Z`;
  const moment = new Date(midnight);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === midnight;
};
