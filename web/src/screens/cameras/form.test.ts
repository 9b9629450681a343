import { describe, expect, it } from 'vitest';
import { Problem } from '@/api/problem';
import { addressFits, asksWhy, cameraInput, draftOf, withoutSecrets } from '@/screens/cameras/form';

describe('describing a camera', () => {
  it('takes secrets out of a pasted address', () => {
    const pasted = { ...draftOf(null).main, url: 'rtsp://vms:p%40ss@10.0.4.17:554/stream1?x=1' };
    expect(withoutSecrets(pasted)).toMatchObject({
      url: 'rtsp://10.0.4.17:554/stream1?x=1',
      username: 'vms',
      password: 'p@ss',
    });
  });

  it('leaves an address without secrets alone, an @ further on included', () => {
    const plain = { ...draftOf(null).main, url: 'rtsp://10.0.4.17/live@2' };
    expect(withoutSecrets(plain)).toBe(plain);
  });

  it('sends no place on the plan and no second stream unless asked', () => {
    const draft = { ...draftOf(null), name: ' Quai ', main: { ...draftOf(null).main, url: ' rtsp://10.0.0.1/a ' } };
    expect(cameraInput(draft)).toMatchObject({ name: 'Quai', plan_xy: null, sub: null });
    expect(cameraInput(draft).main).toEqual({ kind: 'rtsp', url: 'rtsp://10.0.0.1/a', username: '', password: '', loop: false });
  });
});

describe('a reason', () => {
  it('is asked once the server wants one, and sent', () => {
    const fault = { where: 'why', what: 'no reason is given', mend: '' };
    expect(asksWhy(new Problem({ code: 'invalid', status: 422, faults: [fault] }))).toBe(true);
    expect(asksWhy(new Problem({ code: 'invalid', status: 422, faults: [{ ...fault, where: 'body.name' }] }))).toBe(false);
    expect(asksWhy(null)).toBe(false);
    expect(cameraInput({ ...draftOf(null), why: ' The mast was moved ' }).why).toBe('The mast was moved');
  });
});

describe('an address', () => {
  it('is held against its kind before the server is asked', () => {
    const stream = draftOf(null).main;
    for (const url of ['rtsp://10.0.0.1/a', ' rtsps://nvr.example/1 ']) expect(addressFits({ ...stream, url })).toBe(true);
    for (const url of ['http://10.0.0.1/a', 'htp:/bad', 'rtsp://', 'rtsp:// a']) expect(addressFits({ ...stream, url })).toBe(false);
    expect(addressFits({ ...stream, kind: 'mjpeg', url: 'https://cam.example/v' })).toBe(true);
    expect(addressFits({ ...stream, kind: 'mjpeg', url: 'rtsp://cam.example/v' })).toBe(false);
    expect(addressFits({ ...stream, kind: 'file', url: '/srv/film.mp4' })).toBe(true);
  });
});
