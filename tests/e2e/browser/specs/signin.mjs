// Signing in: what is asked, what is refused, and what is shown then.

export default async (t) => {
  const { page } = t;
  t.mayFail(/status of 403/);
  await t.by(page, 'account').waitFor();
  await t.by(page, 'account').fill('alice');
  await t.by(page, 'password').fill('wrong');
  await t.click(page, 'sign-in');
  await t.until(async () => (await t.by(page, 'problem').textContent())?.length);
  await t.signIn(page, 'alice');
};
