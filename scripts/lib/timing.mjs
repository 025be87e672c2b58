// Pure: durations for people.

/** `0.4 s`, `12.3 s`, `2 min 05 s`. */
export function formatSeconds(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
