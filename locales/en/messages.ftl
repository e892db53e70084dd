# What is sent: mail and SMS.

## The mail with link and code. It never holds the reference, and says that nobody asks for the code.

mail-subject = Sign in to { $company }
mail-header = Continue your sign-in
mail-body = You, or somebody who typed your address, asked { $company } for a link to sign in. The link is good for { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } and works only once.
mail-link = Continue
mail-info-code = Or type this code on the page that asked for it: { $code }. Nobody will ever ask you for this code, not on the phone and not in a message. Do not read it out to anybody.
mail-info = Nobody will ever ask you for this link. Do not forward it to anybody.
mail-footer = You did not ask for this? Then do nothing: nobody gets in without this email.

## The notice of a new passkey. It never holds a link.

passkey-mail-subject = A passkey was added to your account with { $company }
passkey-mail-header = A passkey was added
passkey-mail-body = On { $time } a passkey was added to your account with { $company }. Whoever has the device on which it was made can sign in there with face, fingerprint or screen lock.
passkey-mail-yours = Was it you? Then there is nothing to do.
passkey-mail-not-yours = Was it not you? Then call { $number } at once and ask for the passkey to be removed. If somebody on the phone told you to add it, hang up first.
passkey-mail-footer = This mail has no link, on purpose. Do not sign in by a link in a mail that says the same.

## The notice of an account elsewhere that was linked by its address.

social-mail-subject = A sign-in with { $provider } was linked to your account
social-mail-header = A sign-in was linked
social-mail-body = On { $time } an account with { $provider } was linked to your account with { $company }, because both have this e-mail address. Whoever signs in there can sign in here.
social-mail-not-yours = Was it not you? Then call { $number } at once and ask for the link to be removed.

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
