# What is sent: mail and SMS.

mail-subject = Anmeldung bei { $company }
mail-header = Weiter mit Ihrer Anmeldung
mail-body = Bei { $company } wurde für Ihre Adresse ein Link zur Anmeldung angefordert, von Ihnen oder von jemand anderem. Er gilt { $minutes ->
    [one] eine Minute
   *[other] { $minutes } Minuten
  } und nur einmal.
mail-link = Weiter
mail-info-code = Oder geben Sie diesen Code auf der Seite ein, auf der Sie diese E-Mail angefordert haben: { $code }. Geben Sie ihn niemandem. Wer Sie am Telefon oder in einer Nachricht danach fragt, will Sie betrügen.
mail-info = Leiten Sie diesen Link nicht weiter. Wer danach fragt, will Sie betrügen.
mail-footer = Sie haben das nicht angefordert? Dann tun Sie nichts: Ohne diese E-Mail kommt niemand hinein.

passkey-mail-subject = Für Ihr Konto bei { $company } wurde ein Passkey angelegt
passkey-mail-header = Ein Passkey wurde angelegt
passkey-mail-body = Am { $time } wurde für Ihr Konto bei { $company } ein Passkey angelegt. Wer das Gerät entsperren kann, auf dem er angelegt wurde, oder ein anderes Gerät mit demselben Passwortmanager, kann sich damit anmelden.
passkey-mail-yours = Waren Sie das? Dann ist nichts zu tun.
passkey-mail-not-yours = Waren Sie das nicht? Wenn jemand am Telefon ist, legen Sie auf. Dann rufen Sie sofort an: { $number }. Lassen Sie den Passkey entfernen.
passkey-mail-footer = Diese E-Mail enthält mit Absicht keinen Link. Melden Sie sich nicht über einen Link in einer E-Mail an, die dasselbe sagt.

sms-request = { $company }: nur im Gespräch mit uns öffnen:
