import { describe, expect, it } from 'vitest';
import { backoffMs, SseParser } from '@/feed/sse';

describe('server-sent events', () => {
  it('gives a message whatever the cuts', () => {
    const text = 'id: 7\nevent: alert\ndata: {"a":\ndata: 1}\n\n: still here\n\nid: 8\nevent: verdict\ndata: {}\n\n';
    const whole = new SseParser().push(text);
    const parser = new SseParser();
    const single = [...text].flatMap((letter) => parser.push(letter));
    expect(single).toEqual(whole);
    expect(whole).toEqual([
      { id: '7', event: 'alert', data: '{"a":\n1}' },
      { id: '8', event: 'verdict', data: '{}' },
    ]);
  });

  it('takes lines ended by CR LF, even cut between the two', () => {
    const parser = new SseParser();
    expect(parser.push('event: reset\r')).toEqual([]);
    expect(parser.push('\ndata: x\r\n\r\n')).toEqual([{ id: '', event: 'reset', data: 'x' }]);
  });

  it('keeps the last id for messages that bring none', () => {
    const parser = new SseParser();
    parser.push('id: 3\ndata: a\n\n');
    expect(parser.push('data: b\n\n')).toEqual([{ id: '3', event: 'message', data: 'b' }]);
  });

  it('knows where it stands from an id alone', () => {
    const parser = new SseParser();
    expect(parser.push('id: 41\n\n')).toEqual([]);
    expect(parser.lastId).toBe('41');
  });

  it('says nothing of a message cut short', () => {
    expect(new SseParser().push('event: alert\ndata: {"half"')).toEqual([]);
  });
});

describe('waiting before trying again', () => {
  it('grows to ten seconds and no further', () => {
    expect(backoffMs(1, 0.5)).toBe(500);
    expect(backoffMs(3, 0.5)).toBe(2000);
    expect(backoffMs(50, 0.5)).toBe(10_000);
    expect(backoffMs(50, 1)).toBe(12_500);
  });
});
