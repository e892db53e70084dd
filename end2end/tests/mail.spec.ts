// Sign-in by mail: the link carries the request and not the sign-in, and the code is for the page
// that asked.

import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { expect, test } from './support/test';
import { buttonOn } from './support/customer';
import { onlyLink } from './support/outbox';
import { until } from './support/wait';

test('the link opened in another browser signs in that browser alone @no-script', async ({
  agent, newCustomer, outbox,
}) => {
  const { command, link } = await agent.requestByLink();
  const asking = await newCustomer();
  await asking.opens(link);
  await asking.asksForMail();

  const other = await newCustomer();
  await other.page.goto(onlyLink(await outbox.next('email', other.email)));
  await other.sees('pick');
  const choices = other.page.getByRole('radio');
  await expect(choices, 'three references, and none of them').toHaveCount(4);
  for (const choice of await choices.all()) await expect(choice).not.toBeChecked();
  await other.page.getByLabel('CASE-4711').check();
  await other.press('goOn');
  await other.sees('decision');

  await asking.page.goto(link);
  await asking.sees('request');
  await other.allows();
  await other.sees('allowed');
  await asking.page.reload();
  await asking.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('a browser that holds the request and has not asked for the mail signs in before it decides @no-script', async ({
  agent, newCustomer, outbox,
}) => {
  const { command, link } = await agent.requestByLink();
  const asking = await newCustomer();
  await asking.opens(link);
  await asking.asksForMail();
  const other = await newCustomer();
  await other.opens(link);
  await other.page.goto(onlyLink(await outbox.next('email', other.email)));
  await other.sees('goOn');
  await other.press('goOn');
  await other.sees('decision');
  expect(command.isWaiting, 'nothing is decided by signing in').toBe(true);
  await other.stops();
  await other.sees('stopped');
  expect((await command.ended).code).toBe(10);
});

test('a wrong reference ends the link, and the code still works', async ({
  agent, newCustomer, outbox,
}) => {
  const { command, link } = await agent.requestByLink();
  const asking = await newCustomer();
  await asking.opens(link);
  await asking.asksForMail();
  const mail = await outbox.next('email', asking.email);

  const other = await newCustomer();
  await other.page.goto(onlyLink(mail));
  await other.sees('pick');
  await other.page.locator('label').filter({ hasNotText: 'CASE-4711' })
    .filter({ has: other.page.getByRole('radio') }).first().click();
  await other.press('goOn');
  await other.sees('wrongReference');

  await asking.typesCode(mail.code!);
  await asking.sees('decision');
  await asking.allows();
  await asking.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('without a reference another browser is asked for the code of the mail', async ({
  agent, newCustomer, outbox,
}) => {
  const { command, link } = await agent.requestByLink({ binding_message: undefined });
  const asking = await newCustomer();
  await asking.opens(link);
  await asking.asksForMail();
  const mail = await outbox.next('email', asking.email);
  const other = await newCustomer();
  await other.page.goto(onlyLink(mail));
  await other.sees('typeCode');
  await other.typesCode(mail.code!);
  await other.sees('decision');
  await other.stops();
  await other.sees('stopped');
  expect((await command.ended).code).toBe(10);
});

test('the code can be typed, or pasted as people write it @no-script', async ({
  agent, customer, outbox,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.asksForMail();
  const { code } = await outbox.next('email', customer.email);
  const wrong = code === '000000' ? '000001' : '000000';
  await customer.typesCode(wrong);
  await expect(customer.page.locator('#code-error')).toBeVisible();
  await expect(customer.page).toHaveTitle(/^Error: /);
  await customer.isAccessible();
  await customer.typesCode(` ${code!.slice(0, 3)}-${code!.slice(3)} `);
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  const { code: exit, outcome } = await command.ended;
  expect(exit).toBe(0);
  expect(outcome.amr).toContain('eotp');
});

test('a link works once', async ({ agent, newCustomer, outbox }) => {
  const { link } = await agent.requestByLink();
  const customer = await newCustomer();
  await customer.opens(link);
  await customer.asksForMail();
  const mail = onlyLink(await outbox.next('email', customer.email));
  await customer.page.goto(mail);
  await customer.sees('decision');
  await customer.stops();
  await customer.sees('stopped');
  const second = await newCustomer();
  await second.page.goto(mail);
  await second.sees('pick');
  await second.page.getByLabel('CASE-4711').check();
  await second.press('goOn');
  await second.sees('mailSpent');
});

test('an address that nobody has looks the same, and gets no mail', async ({
  agent, customer, outbox,
}) => {
  const { link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.asksForMail('nobody@example.com');
  await expect(customer.page.getByText('nobody@example.com')).toBeVisible();
  const known = await customer.context.newPage();
  await known.goto(link);
  await known.locator('#email').fill(customer.email);
  await buttonOn(known, 'sendMail').click();
  await outbox.next('email', customer.email);
  expect((await outbox.messages()).filter((message) => message.to === 'nobody@example.com'))
    .toEqual([]);
});

test('what is no address is said beside the field @no-script', async ({ agent, customer }) => {
  const { link } = await agent.requestByLink();
  await customer.opens(link);
  // A browser refuses to send it; not everything that sends forms is one.
  await customer.page.locator('form:has(#email)').evaluate((form) => { (form as HTMLFormElement).noValidate = true; });
  await customer.mailField.fill('alex@');
  await customer.press('sendMail');
  await expect(customer.page).toHaveTitle(/^Error: /);
  await expect(customer.mailField).toHaveAttribute('aria-invalid', 'true');
  await customer.isAccessible();
});

test.describe('with a mail server', () => {
  const received: ParsedMail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      simpleParser(stream).then((mail) => { received.push(mail); done(); }, done);
    },
  });
  test.beforeAll(async () => {
    await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  });
  test.afterAll(async () => {
    await new Promise<void>((resolve) => smtp.close(resolve));
  });
  test.use({
    environment: async ({}, use) => {
      const { port } = smtp.server.address() as { port: number };
      await use({
        CIBA_LOGIN_MAIL__SMTP_URL: `smtp://localhost:${port}`,
        CIBA_LOGIN_MAIL__FROM: 'Example Bank <no-reply@example.com>',
      });
    },
  });

  test('the mail is delivered by SMTP and its link leads on', async ({ agent, customer }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.asksForMail();
    const mail = await until('a mail', () => received.find(
      (candidate) => [candidate.to].flat()[0]?.text.includes(customer.email)));
    expect(mail.from?.text).toContain('no-reply@example.com');
    expect(`${mail.text}${mail.html}`).not.toContain('CASE-4711');
    expect(mail.text).toMatch(/\b\d{6}\b/);
    expect(mail.text).toContain('Anybody who asks you for it');
    const address = mail.text!.match(/https?:\/\/\S+/)![0];
    await customer.page.goto(address);
    await customer.sees('decision');
    await customer.allows();
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });
});

test.describe('with codes switched off', () => {
  test.use({ environment: { CIBA_LOGIN_SIGN_IN__MAIL_CODE: 'false' } });

  test('the mail holds no code and the page asks for none', async ({ agent, customer, outbox }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.asksForMail();
    await expect(customer.codeField).toHaveCount(0);
    const mail = await outbox.next('email', customer.email);
    expect(mail.code).toBeNull();
    await customer.page.goto(onlyLink(mail));
    await customer.sees('decision');
    await customer.allows();
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });
});
