// Which dimensions can be chosen together: those of a group-by of the settings.

/** What can be chosen on a page: customers are told apart by other things than tickets. */
export const offeredOn = (page, board) => (page === "customers" ? board?.customers : board) ?? {};

/** All that is a dimension on any page. */
export const allDimensions = (board) => [...(board?.dimensions ?? []), ...(board?.customers?.dimensions ?? [])];

const dimensionsOf = (by) => (by === "all" ? [] : by.split("_"));

/**
 * `chosen` (names and values) after `changed` was chosen, or let go, made a group that there is: of those that differ
 * least. What does not go together with it is let go; what it does not go without becomes the first that is offered.
 */
export function fittingGroup(chosen, changed, { groups, choices }) {
  const isNamed = chosen[changed] !== undefined;
  const had = Object.keys(chosen);
  const ranked = groups
    .map(dimensionsOf)
    .filter((names) => names.includes(changed) === isNamed)
    .map((names) => {
      const more = names.filter((name) => !had.includes(name));
      return { names, rank: more.length * 100 - (names.length - more.length) };
    })
    .sort((a, b) => a.rank - b.rank);
  if (!ranked.length) return chosen;
  return Object.fromEntries(ranked[0].names.map((name) => [name, chosen[name] ?? choices[name]?.[0] ?? ""]));
}

/** What a dimension is called: "Team"; one of the settings as they name it. */
export function dimensionWords(name, say) {
  const words = say(`dimension.${name}`);
  return words === `dimension.${name}` ? name[0].toUpperCase() + name.slice(1) : words;
}
