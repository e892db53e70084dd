# What is sent: mail and SMS.

## The mail with link and code. It never holds the reference, and says what it means when somebody asks for the code.

mail-subject = Sign in to { $company }
mail-header = Continue your sign-in
mail-body = You, or somebody who typed your address, asked { $company } for a link to sign in. The link is good for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } and works only once.
    .without-links = You, or somebody who typed your address, asked { $company } for a code to sign in. Type it on the page where you asked for it. It is good for { $minutes ->
        [one] one minute
       *[other] { $minutes } minutes
      } and works only once.
mail-link = Continue
mail-info-code = Or type this code on the page where you asked for this email: { $code }. Give it to nobody. Anybody who asks you for it, on the phone or in a message, is a fraudster.
mail-info = Do not forward this link. Anybody who asks you for it is a fraudster.
    .without-links = Give it to nobody. Anybody who asks you for it, on the phone or in a message, is a fraudster. We never send links.
mail-footer = You did not ask for this? Then do nothing: nobody gets in without this email.

## The notice of a new passkey. It never holds a link.

passkey-mail-subject = A passkey was added to your account with { $company }
passkey-mail-header = A passkey was added
passkey-mail-body = On { $time } a passkey was added to your account with { $company }. Anybody who can unlock the device on which it was made, or another device with the same password manager, can sign in with it.
passkey-mail-yours = Was it you? Then there is nothing to do.
passkey-mail-not-yours = Was it not you? If somebody is on the phone, hang up. Then call { $number } at once and ask for the passkey to be removed.
passkey-mail-footer = This mail has no link, on purpose. Do not sign in by a link in a mail that says the same.

## The notice of an account elsewhere that was linked by its address.

social-mail-subject = A sign-in with { $provider } was linked to your account
social-mail-header = A sign-in was linked
social-mail-body = On { $time } an account with { $provider } was linked to your account with { $company }, because both have this e-mail address. Whoever signs in there can sign in here.
social-mail-not-yours = Was it not you? Then call { $number } at once and ask for the connection to be removed.

## The provider's own pages on the way to an identity provider and back.

provider-moment-title = One moment
provider-moment-body = You are being signed in. If nothing happens, press the button.
provider-moment-button = Continue
provider-failed-title = You are not signed in
provider-failed-request = The page that sent you here has made a mistake, so you cannot sign in this way.
provider-failed-over = This sign-in is over, or it did not begin in this browser. Nobody was signed in.
provider-failed-ours = Something went wrong on our side. Nobody was signed in.
provider-failed-next = Go back to the page that you came from and try again, or choose another way there.

## The SMS in front of the link. With the link it must fit into two parts: see texts/sms.rs.

sms-request = { $company }: open only while speaking with us:
sms-request-code = { $company }: your code is { $code }. Type it on our page only, while speaking with us. We never send links.
mail-request-subject = { $company }: your answer is needed
