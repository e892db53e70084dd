# The pages that a customer meets. Plain words for somebody who may be worried; never more than is
# known. { $company } is in every message.

## Every page

language-label = Language
footer-help = Help
footer-privacy = Privacy
footer-call = Call { $phone }
call-number-unknown = the number on your card or contract
title-with-company = { $title } – { $company }
title-with-error = Error: { $title }
request-id = If you need help, quote { $id }
error-summary = There is a problem
close-page = You can close this page.

## The reference

reference-label = Reference that came with the link
    .without-links = Reference of this request
reference-check = The agent must read it to you first.
reference-none = No reference came with the link. Continue only if you called { $company } yourself or are in a branch.
    .without-links = This request has no reference. Continue only if you called { $company } yourself or are in a branch.
reference-picked = The agent reads a reference to you. You pick it when you have signed in.
reference-known-label = Reference of this request
reference-known-none = This request has no reference. Continue only if you called { $company } yourself or are in a branch.
reference-client = { $client } is asking.
contact-unknown = Did somebody call you about this?
contact-unexpected = Not expecting this call?
contact-hang-up = Hang up, and call { $company } yourself: { $number }.
contact-customer-called = The agent says: you called { $company }.
contact-customer-called-check = Did somebody call you instead? It is a fraud. Hang up.
contact-company-called = The agent says: { $company } called you.
contact-branch = The agent says: you are in a branch.
contact-branch-check = Are you on the phone instead? It is a fraud. Hang up.

## Time

time-left = Please answer within { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } of opening this page.
time-nearly-over = Less than one minute is left to answer.
time-over = The time to answer is over. Ask the agent to send a new link.
    .without-links = The time to answer is over. Ask the agent for a new code.

## The request

request-title = An agent is asking for access to your account
request-title-identity = An agent is asking you to confirm that it is you
sign-in-promise = Signing in allows nothing yet. You decide on the next page.
sign-in-more = Other ways to sign in
passkey-continue = Use a passkey
passkey-asks = Your phone then asks for your face, fingerprint or screen lock.
passkey-elsewhere = Do you see a QR code? Then this phone has no passkey for us. Close it and choose another way.
passkey-asking = Asking your device…
passkey-away = Face, fingerprint or screen lock does not work here at the moment. Nothing was allowed. Please choose another way.
passkey-not-stopped = This is not stopped yet. The request is still open.
passkey-stop-otherwise = Stop without a passkey
mail-address-label = Your email address
mail-send = Send me a link
    .without-links = Send me a code
mail-known = We can send a link to { $address }.
    .without-links = We can send a code to { $address }.
mail-another-address = Another email address
mail-address-invalid = Enter an email address like name@example.com
social-continue = Continue with { $provider }
not-on-a-call-link = Not sure? Stop here
embedded-browser-title = Some things do not work in this window
embedded-browser-text = You opened the link inside another app. Not every way to sign in works here.
    .without-links = This page is open inside another app. Not every way to sign in works here.
embedded-browser-open = Continue in your browser
notice-sign-in-failed = That did not work, and nothing was allowed. Try again or choose another way.
notice-sign-in-cancelled = The sign-in was stopped. Nothing was allowed. Try again or choose another way.
notice-sign-in-denied = The sign-in was stopped, or that account is not connected to yours here. Nothing was allowed. Try again or choose another way.
notice-sign-in-expired = Please sign in again to continue.
notice-passkey-changed = This passkey has changed and cannot be used here any more. Nothing was allowed. Please sign in another way.

## The first page: the code that an agent reads out

code-title = Enter the code that the agent reads to you
code-label = Code from the agent
code-hint = Eight letters and numbers. Spaces and dashes do not matter.
code-never-links = We never send links. A message with a link is not from us.
code-wrong = This code does not work.
code-wrong-next = It is wrong, was used before, or is too old. Ask the agent to read it again, or for a new one.

## Mail

mail-sent-title = Check your email
mail-sent-lead = If { $address } belongs to a customer of { $company }, an email is on its way.
mail-known-lead = An email is on its way to { $address }.
mail-late-lead = If { $address } belongs to a customer of { $company }, an email will come. It is late: we could not send it yet, and we keep trying. You can wait, or use another way below.
mail-sent-next = Open the link in the email, on this phone or on another device. Only the screen on which you open it is signed in.
    .without-links = It holds a code. We never send links.
mail-code-heading = Or type the code from the email here
    .without-links = Type the code from the email here
mail-code-label = Code from the email
mail-code-hint = You can paste it. Spaces and hyphens do not matter.
mail-code-continue = Continue
mail-code-secret = Type it only on this page. Anybody who asks you for it, on the phone or in a message, is a fraudster.
mail-code-wrong = This code is wrong or too old. Check it, or ask for another email.
mail-not-arrived = No email yet?
mail-not-arrived-text = It can take a minute. Please look in the spam folder too.
mail-send-again = Send another email
mail-sent-again = Another email is on its way, if the address belongs to a customer.
mail-other-address = Use another address or another way
mail-other-way = Use another way
mail-done-elsewhere = I have answered on another screen
mail-progress-here = You are signed in.
mail-progress-decide = Go on
mail-progress-elsewhere = Another screen is signed in. Go on there.
mail-progress-done = This request has been answered.
mail-progress-outcome = See the answer

mail-continue-title = Continue with the request
mail-continue-lead = You opened the link from our email. Continue to sign in on this screen and see what the agent is asking for.
mail-continue-nothing-yet = This allows nothing yet. You decide on the next page.
mail-continue-button = Continue
mail-continue-button-as = Continue as { $address }
mail-pick-title = Which reference did the agent give you?
mail-pick-hint = Choose the one that the agent reads out. If you are not speaking with an agent, close this page.
mail-pick-missing = Choose a reference
mail-pick-none = None of these, or nobody read one to me
pick-none = None of these
mail-type-title = Type the code from the email
mail-type-lead = You opened the link on a different screen from the one that asked for it. Type the code from the same email. If you did not ask for that email, close this page.

## The decision

decision-title = Allow this agent into your account?
decision-title-identity = Confirm to this agent that it is you?
decision-what = An agent of { $company } can then
decision-signed-in-as = Signed in as { $account }
decision-answers-as = You answer as { $account }
decision-answers-by-mail = Our email signs you in as { $account }
decision-signed-in-by-mail = Signed in by our email as { $account }
decision-switch = Not you?
decision-question = Did the agent read you this reference?
decision-question-no-reference = Are you speaking with an agent of { $company } right now?
decision-allow = Yes, allow
decision-deny = No, stop this
decision-slow = The connection is slow. Keep this page open. You can press again: it counts only once.
ability-openid = know that it is you
ability-profile = see your name and profile
ability-email = see your email address
ability-phone = see your phone number
ability-address = see your postal address
ability-offline-access = keep this access after the conversation, until it is withdrawn
ability-other = do what { $company } calls “{ $scope }”
ability-unstated = act on your account for you, as far as { $company } allows its agents to

not-on-a-call-title = Not speaking with an agent, or not sure?
not-on-a-call-lead = Then somebody may be trying to get into your account. Do not allow anything.
not-on-a-call-stop = Stop this request
not-on-a-call-report-lead = Do not allow anything. Somebody may be trying to get into your account.
not-on-a-call-report = Report this request
not-on-a-call-back = Go back, I am speaking with an agent
advice-heading = What to do now
advice-hang-up = If somebody is on the phone, hang up.
advice-call = Call { $company } yourself: { $number }.
advice-never = Never give a code to anybody, and do not forward the link.
    .without-links = Never give a code to anybody. We never send links.

## Outcomes

allowed-title = Allowed
allowed-lead = { $company } has confirmed your answer. The agent can now help you.
allowed-next = Changed your mind, or not sure whom you are speaking with? Call { $company } at once: { $number }.
allowed-before-lead = It was allowed before. Call { $company } at once: { $number }.
stopped-title = Stopped
stopped-lead = { $company } has confirmed your answer. The agent gets no access through this request.
stopped-next = If you were not expecting this, call { $number }.
picked-wrong = The reference that was chosen is not the one of this request. Nothing was allowed.
picked-wrong-again = Chosen by mistake? Ask the agent to start again.
picked-wrong-doubt = Is it the one that the agent read to you? Hang up, and call { $company } yourself: { $number }.
picked-wrong-unsent = This has not reached { $company } yet.
picked-wrong-unknown = This was sent to { $company }, and no confirmation came back.
reported-title = Reported
reported-lead = Thank you. We have noted that you are not speaking with an agent. Nothing was allowed on this screen.
reported-next = Do not sign in with this link, whatever anybody tells you. This link stops working by itself.
    .without-links = Do not sign in for this request, whatever anybody tells you. It stops working by itself.
reported-mistake = Reported by mistake? Ask for a new link.
    .without-links = Reported by mistake? Ask for a new code.
reported-before = This link was reported. Continue only if you called us yourself.
    .without-links = This request was reported. Continue only if you called us yourself.
decided-elsewhere-waiting-title = Not answered yet
decided-elsewhere-waiting-lead = We have no answer to this request yet. Answer on the screen on which you signed in, then look again.
look-again = Look again
asking-title = Telling { $company }
asking-lead = Your answer is on its way. Look again in a few seconds.
asking-next = Please keep this page open until then.
unsent-approve-lead = You answered “Yes, allow”. It has not reached { $company } yet.
unsent-deny-lead = You answered “No, stop this”. It has not reached { $company } yet.
unsent-next = We keep trying. You can also send it now.
unknown-title = We do not know yet whether it worked
unknown-approve-lead = You answered “Yes, allow”. It was sent to { $company }, and no confirmation came back.
unknown-deny-lead = You answered “No, stop this”. It was sent to { $company }, and no confirmation came back.
unknown-next = Send the same answer again. It counts only once.
unknown-send-again = Send it again
unknown-call = If you are not sure whom you are speaking with, call { $company }: { $number }.
unclear-title = We could not confirm your answer
unclear-approve-lead = You answered “Yes, allow”. It was sent, and we could not get a confirmation.
unclear-approve-next = Ask the agent what they see, or call { $number }.
unclear-deny-lead = You answered “No, stop this”. It was sent, and we could not get a confirmation.
unclear-deny-next = Call { $number } and ask whether anything was allowed.
passkey-offer-title = Next time, use your face or fingerprint
passkey-offer-text = Add a passkey to this device, and you will not need an email.
passkey-offer-add = Add a passkey
passkey-added-title = Passkey added
passkey-added-lead = You can use face, fingerprint or screen lock next time.
passkey-not-added = The passkey was not added. Your answer stays as it is.
passkey-exists = There is a passkey for this account on this device already. You can use it next time.

## In another browser

elsewhere-title = Continue in your browser
elsewhere-lead = Copy this address and open it in the browser that you normally use. It works for five minutes and only once. Do not send it to anybody.
elsewhere-address = Address to copy
elsewhere-copy = Copy the address
elsewhere-copied = The address is copied.
elsewhere-open = Open in the browser
elsewhere-open-plain = If nothing happens, use this link
elsewhere-continue-title = Continue with the request
elsewhere-continue-lead = You brought a request over from another window. Continue to see it here.

## Problems: what happened, and what to do

problem-link-malformed = This link is not complete
problem-link-malformed-what = Part of the address is missing or has been changed.
problem-link-malformed-next = Open the link again from the message that you received. If that does not help, ask the agent to send a new one.
problem-request-unknown = We cannot find this request
problem-request-unknown-what = It was opened in another browser, its time is over, or this browser does not keep cookies.
problem-request-unknown-next = Open the link again from the message that you received, in your usual browser and with cookies allowed. If that does not help, ask the agent to send a new one.
    .without-links = Type the code again on our first page, in your usual browser and with cookies allowed. If that does not help, ask the agent for a new one.
problem-request-expired = The time is over
problem-request-expired-what = This request was not answered in time. Nothing was allowed.
problem-request-expired-next = Ask the agent to send a new link.
    .without-links = Ask the agent for a new code.
problem-withdrawn = The request was withdrawn
problem-withdrawn-what = The agent has withdrawn this request. Nothing was allowed.
problem-withdrawn-next = You need not do anything. If the agent still needs your answer, they will send a new link.
    .without-links = You need not do anything. If the agent still needs your answer, they will give you a new code.
problem-already-decided = This request has been answered
problem-already-decided-what = It was allowed or stopped before, and cannot be changed here.
problem-already-decided-next = If that was not you, call { $number }.
problem-not-accepted = Your answer was not accepted
problem-not-accepted-what = The request may have run out, have been answered before, or be meant for another account, or its link was not complete.
    .without-links = The request may have run out, have been answered before, or be meant for another account.
problem-not-accepted-next = Ask the agent what they see, and for a new link if you need one.
    .without-links = Ask the agent what they see, and for a new code if you need one.
problem-wrong-account = This request is for another account
problem-wrong-account-what = The account that you signed in to is not the one that the agent asked for. It has allowed nothing.
problem-wrong-account-next = Sign in to the right account, or tell the agent.
problem-message-mismatch = This link has been changed
problem-message-mismatch-what = Its reference is not the one that the agent has. Nothing was allowed by it.
problem-message-mismatch-next = Do not continue. Hang up and call { $company } yourself: { $number }.
problem-provider-unreachable = We cannot connect at the moment
problem-provider-unreachable-what = A service that we need did not answer. Nothing was allowed.
problem-provider-unreachable-next = Wait a moment and try again.
problem-outcome-unknown = We could not confirm the answer
problem-outcome-unknown-what = This request was answered. The answer was sent, and no confirmation came back before the time was over.
problem-outcome-unknown-next = Call { $number } and ask whether anything was allowed.
problem-sign-in-required = Please sign in again
problem-sign-in-required-what = Your sign-in has ended, to protect you.
problem-sign-in-required-next = Go back to the request and sign in.
problem-sign-in-failed = That did not work
problem-sign-in-failed-what = We could not sign you in. Nothing was allowed.
problem-sign-in-failed-next = Go back to the request and try again, or choose another way.
problem-mail-link-spent = This email is too old
problem-mail-link-spent-what = Its link was used before, a wrong reference was chosen with it, a newer email has replaced it, or its time is over.
    .without-links = Its code was used before, a newer email has replaced it, or its time is over.
problem-mail-link-spent-next = Go back to the page on which you asked for it. Type the code from the email there, or ask for another email.
problem-wrong-reference = That is not the agent’s reference
problem-wrong-reference-what = This link has ended on this screen, and nothing was allowed by it.
problem-wrong-reference-next = If nobody read one to you, hang up. If you asked for this email yourself, go back to the page on which you asked. Open the link there, type the code from the email, or ask for another email.
problem-code-wrong = This code does not work
problem-code-wrong-what = The code is wrong or too old. Nothing was allowed.
problem-code-wrong-next = Check the code in the newest email, or ask for another one.
problem-too-many-tries = Too many tries
problem-too-many-tries-what = To protect your account we take a short break.
problem-too-many-tries-next = Wait a few minutes and try again. If you are in a hurry, tell the agent.
problem-too-many-tries-wait = Wait { $seconds ->
    [one] one second
   *[other] { $seconds } seconds
  } and try again. If you are in a hurry, tell the agent.
problem-too-many-tries-wait-minutes = Wait { $minutes ->
    [one] one minute
   *[other] { $minutes } minutes
  } and try again. If you are in a hurry, tell the agent.
problem-cross-site = This did not come from our page
problem-cross-site-what = The button was pressed on another website, so we did nothing.
problem-cross-site-next = Open the link again from the message that you received.
    .without-links = Type the code that the agent reads to you on our first page.
problem-page-unknown = There is no such page
problem-page-unknown-what = The address is wrong, or the page is gone.
problem-page-unknown-next = Open the link again from the message that you received.
    .without-links = Type the code that the agent reads to you on our first page.
problem-method-not-allowed = This page cannot be opened this way
problem-method-not-allowed-what = Its address belongs to a button on one of our pages. Nothing was done.
problem-method-not-allowed-next = Open the link again from the message that you received, and press the button there.
    .without-links = Type the code that the agent reads to you on our first page.
problem-content-too-large = That was too long
problem-content-too-large-what = More text was sent than this page can take. Nothing was done.
problem-content-too-large-next = Go back and try again with less text.
problem-form-malformed = We could not read that
problem-form-malformed-what = Part of what your browser sent is missing or has been changed. Nothing was done.
problem-form-malformed-next = Open the link again from the message that you received.
    .without-links = Type the code that the agent reads to you on our first page.
problem-internal = Something went wrong on our side
problem-internal-what = We could not finish this. The fault is ours, not yours.
problem-internal-next = Wait a moment and try again, or tell the agent.
problem-back = Go back to the request
problem-switch = Sign in to another account
problem-again = Try again

## The embedded provider's own pages: choosing where to sign in, and signing out.

provider-choose-title = Where do you want to sign in?
provider-choose-text = Choose the account that you use with { $company }.
provider-choose-cancel = Cancel
provider-logout-title = Do you want to sign out?
provider-logout-text = Afterwards you return to the page that you came from.
provider-logout-button = Sign out
provider-logout-done = You are signed out
provider-logout-close = You can close this page.
provider-logout-refused = You could not be signed out
provider-logout-refused-text = The page that sent you here has made a mistake. Go back to it and sign out there.
