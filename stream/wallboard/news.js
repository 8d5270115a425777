// What has changed between two boards, in sentences for a screen reader.

import { isOfRatio, ownerWords, severityWords } from "./spikes.js";

/** Changed judgements, spikes that began or ended; nothing unless both boards have numbers, and of the same selection. */
export function changesInWords(last, board, say) {
  if (last?.state !== "live" || board.state !== "live") return [];
  if (JSON.stringify(last.selection) !== JSON.stringify(board.selection)) return [];
  return [...spikes(last, board, say), ...judgements(last, board, say)];
}

function judgements(last, board, say) {
  const before = new Map((last.tiles ?? []).map((tile) => [tile.metric, tile.judgement]));
  return (board.tiles ?? [])
    .filter((tile) => before.has(tile.metric) && before.get(tile.metric) !== tile.judgement)
    .map((tile) =>
      say("announce.judgement", { tile: say(`tile.${tile.metric}`), judgement: say(`judgement.${tile.judgement}`) }),
    );
}

function spikes(last, board, say) {
  const before = new Map((last.alerts ?? []).map((alert) => [alert.alert, alert]));
  return (board.alerts ?? []).flatMap((alert) => {
    const old = before.get(alert.alert);
    if (old && old.status === alert.status && old.severity === alert.severity) return [];
    const group = ownerWords(alert, say);
    if (alert.status === "firing") return [say("announce.spike", { severity: severityWords(alert, say), group })];
    return old ? [say(isOfRatio(alert) ? "announce.ratio_over" : "announce.over", { group })] : [];
  });
}
