let context: AudioContext | null = null;

/** Two short soft tones, higher when it is severe. Browsers stay silent until the page was first used: so be it. */
export function chime(severe: boolean): void {
  context ??= new AudioContext();
  const start = context.currentTime + 0.01;
  const pitches = severe ? [880, 1175, 880] : [587, 784];
  pitches.forEach((pitch, n) => {
    if (!context) return;
    const tone = context.createOscillator();
    const gain = context.createGain();
    const at = start + n * 0.16;
    tone.frequency.value = pitch;
    gain.gain.setValueAtTime(0, at);
    gain.gain.linearRampToValueAtTime(0.16, at + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, at + 0.15);
    tone.connect(gain).connect(context.destination);
    tone.start(at);
    tone.stop(at + 0.16);
  });
}
