# What is sent: mail and SMS.

## The mail with link and code. It never holds the reference, and says what it means when somebody asks for the code.

mail-subject = Sign in to { $company }
mail-header = Continue your sign-in
mail-body = You, or somebody who typed your address, asked { $company } for a link to sign in. The link is good for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } and works only once.
mail-link = Continue
mail-info-code = Or type this code on the page where you asked for this email: { $code }. Give it to nobody. Anybody who asks you for it, on the phone or in a message, is a fraudster.
mail-info = Do not forward this link. Anybody who asks you for it is a fraudster.
mail-footer = You did not ask for this? Then do nothing: nobody gets in without this email.

## The notice of a new passkey. It never holds a link.

passkey-mail-subject = A passkey was added to your account with { $company }
passkey-mail-header = A passkey was added
passkey-mail-body = On { $time } a passkey was added to your account with { $company }. Anybody who can unlock the device on which it was made, or another device with the same password manager, can sign in with it.
passkey-mail-yours = Was it you? Then there is nothing to do.
passkey-mail-not-yours = Was it not you? If somebody is on the phone, hang up. Then call { $number } at once and ask for the passkey to be removed.
passkey-mail-footer = This mail has no link, on purpose. Do not sign in by a link in a mail that says the same.

## The SMS in front of the link. With the link it must fit into one part: see texts/sms.rs.

sms-request = { $company }: open only while speaking with us:
