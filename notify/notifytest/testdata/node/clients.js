// Drives the fakes with the vendors' own clients. TestOfficialClients runs it
// and then looks at what took effect.
'use strict';

const assert = require('node:assert/strict');
const sendgrid = require('@sendgrid/mail');
const twilio = require('twilio');

const { SENDGRID_URL, SENDGRID_KEY, TWILIO_URL, TWILIO_ACCOUNT, TWILIO_TOKEN, TWILIO_NUMBER } = process.env;

// rejects returns the error with which a promise is refused.
async function rejects(promise) {
  return promise.then(
    () => assert.fail('the fake accepted it'),
    (err) => err,
  );
}

function useSendGrid(key) {
  sendgrid.setApiKey(key);
  sendgrid.client.setDefaultRequest('baseUrl', SENDGRID_URL + '/'); // after setApiKey, which resets it
}

async function mails() {
  useSendGrid(SENDGRID_KEY);
  const mail = {
    to: { email: 'anna@example.com', name: 'Anna Żak' },
    from: 'biuro@example.com',
    templateId: 'd-0123',
    dynamicTemplateData: { name: 'Anna "Żak" 😜' },
    customArgs: { centrala_key: 'flow-1' },
    categories: ['booking'],
    sendAt: Math.floor(Date.now() / 1000) + 3600,
  };
  const [answer] = await sendgrid.send(mail);
  assert.equal(answer.statusCode, 202);
  assert.match(answer.headers['x-message-id'], /\S/);
  assert.match(answer.headers['x-ratelimit-remaining'], /^\d+$/);

  const text = { from: 'biuro@example.com', subject: 'Cześć', text: 'Treść', html: '<p>Treść</p>' };
  await sendgrid.sendMultiple({ ...text, to: ['jan@example.com', 'ewa@example.com'] });

  const [dry] = await sendgrid.send({ ...text, to: 'jan@example.com', mailSettings: { sandboxMode: { enable: true } } });
  assert.equal(dry.statusCode, 200);

  const bad = await rejects(sendgrid.send({ ...text, to: 'nobody' }));
  assert.equal(bad.code, 400);
  assert.equal(bad.response.body.errors[0].field, 'personalizations.0.to.0.email');

  useSendGrid('SG.wrong');
  const denied = await rejects(sendgrid.send(mail));
  assert.equal(denied.code, 401);
  assert.match(denied.response.body.errors[0].message, /authorization/);
}

function useTwilio(token) {
  const client = twilio(TWILIO_ACCOUNT, token);
  client.api.baseUrl = TWILIO_URL;
  return client;
}

async function messages() {
  const client = useTwilio(TWILIO_TOKEN);
  const to = '+48501234567';
  const sent = [];
  for (const body of ['Do jutra & Żółw 😜', 'drugi', 'trzeci']) {
    const m = await client.messages.create({ to, from: TWILIO_NUMBER, body });
    assert.equal(m.status, 'queued');
    assert.equal(m.body, body);
    assert.equal(m.errorCode, null);
    assert.ok(m.dateCreated instanceof Date && !Number.isNaN(m.dateCreated.getTime()));
    sent.unshift(m.sid);
  }

  const day = new Date(Date.now() - 24 * 3600 * 1000);
  const listed = await client.messages.list({ to, dateSentAfter: day, pageSize: 2 });
  assert.deepEqual(listed.map((m) => m.sid), sent);
  assert.equal((await client.messages.list({ dateSentBefore: day })).length, 0);
  assert.equal((await client.messages(sent[0]).fetch()).sid, sent[0]);

  const later = await client.messages.create({
    to, messagingServiceSid: 'MG0123456789abcdef0123456789abcdef', body: 'później',
    scheduleType: 'fixed', sendAt: new Date(Date.now() + 3600 * 1000),
  });
  assert.equal(later.status, 'scheduled');
  assert.equal(later.from, null);
  assert.equal((await client.messages(later.sid).update({ status: 'canceled' })).status, 'canceled');
  assert.equal((await client.messages(sent[0]).update({ body: '' })).body, '');
  assert.equal(await client.messages(sent[1]).remove(), true);

  for (const [number, code] of [['+15005550001', 21211], ['+15005550004', 21610], ['+15005550009', 21614]]) {
    const err = await rejects(client.messages.create({ to: number, from: TWILIO_NUMBER, body: 'x' }));
    assert.equal(err.code, code);
    assert.equal(err.status, 400);
    assert.match(err.moreInfo, new RegExp(String(code)));
  }
  const missing = await rejects(client.messages(sent[1]).fetch());
  assert.equal(missing.status, 404);
  const denied = await rejects(useTwilio('wrong').messages.create({ to, from: TWILIO_NUMBER, body: 'x' }));
  assert.equal(denied.status, 401);
  assert.equal(denied.code, 20003);
}

mails().then(messages).catch((err) => {
  console.error(err);
  process.exitCode = 1;
});
