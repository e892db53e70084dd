# What is sent: mail and SMS.

mail-subject = Anmeldung bei { $company }
mail-header = Weiter mit Ihrer Anmeldung
mail-body = Bei { $company } wurde für Ihre Adresse ein Link zur Anmeldung angefordert, von Ihnen oder von jemand anderem. Er gilt { $minutes ->
    [one] eine Minute
   *[other] { $minutes } Minuten
  } und nur einmal.
    .without-links = Bei { $company } wurde für Ihre Adresse ein Code zur Anmeldung angefordert, von Ihnen oder von jemand anderem. Geben Sie ihn auf der Seite ein, auf der Sie ihn angefordert haben. Er gilt { $minutes ->
        [one] eine Minute
       *[other] { $minutes } Minuten
      } und nur einmal.
mail-link = Weiter
mail-info-code = Oder geben Sie diesen Code auf der Seite ein, auf der Sie diese E-Mail angefordert haben: { $code }. Geben Sie ihn niemandem. Wer Sie am Telefon oder in einer Nachricht danach fragt, will Sie betrügen.
mail-info = Leiten Sie diesen Link nicht weiter. Wer danach fragt, will Sie betrügen.
    .without-links = Geben Sie ihn niemandem. Wer Sie am Telefon oder in einer Nachricht danach fragt, will Sie betrügen. Wir senden nie Links.
mail-footer = Sie haben das nicht angefordert? Dann tun Sie nichts: Ohne diese E-Mail kommt niemand hinein.

passkey-mail-subject = Für Ihr Konto bei { $company } wurde ein Passkey angelegt
passkey-mail-header = Ein Passkey wurde angelegt
passkey-mail-body = Am { $time } wurde für Ihr Konto bei { $company } ein Passkey angelegt. Wer das Gerät entsperren kann, auf dem er angelegt wurde, oder ein anderes Gerät mit demselben Passwortmanager, kann sich damit anmelden.
passkey-mail-yours = Waren Sie das? Dann ist nichts zu tun.
passkey-mail-not-yours = Waren Sie das nicht? Wenn jemand am Telefon ist, legen Sie auf. Dann rufen Sie sofort an: { $number }. Lassen Sie den Passkey entfernen.
passkey-mail-footer = Diese E-Mail enthält mit Absicht keinen Link. Melden Sie sich nicht über einen Link in einer E-Mail an, die dasselbe sagt.

social-mail-subject = Die Anmeldung mit { $provider } wurde mit Ihrem Konto verknüpft
social-mail-header = Eine Anmeldung wurde verknüpft
social-mail-body = Am { $time } wurde ein Konto bei { $provider } mit Ihrem Konto bei { $company } verknüpft, weil beide diese E-Mail-Adresse haben. Wer sich dort anmeldet, kann sich hier anmelden.
social-mail-not-yours = Waren Sie das nicht? Dann rufen Sie sofort an und lassen Sie die Verknüpfung entfernen: { $number }.

provider-moment-title = Einen Moment
provider-moment-body = Sie werden angemeldet. Wenn nichts passiert, drücken Sie die Taste.
provider-moment-button = Weiter
provider-failed-title = Sie sind nicht angemeldet
provider-failed-request = Die Seite, von der Sie kommen, hat einen Fehler gemacht. Deshalb können Sie sich so nicht anmelden.
provider-failed-over = Diese Anmeldung ist vorbei, oder sie hat nicht in diesem Browser begonnen. Niemand wurde angemeldet.
provider-failed-ours = Bei uns ist etwas schiefgegangen. Niemand wurde angemeldet.
provider-failed-next = Gehen Sie zurück zu der Seite, von der Sie kommen, und versuchen Sie es noch einmal, oder wählen Sie dort einen anderen Weg.

sms-request = { $company }: nur im Gespräch mit uns öffnen:
sms-request-code = { $company }: Ihr Code ist { $code }. Nur auf unserer Seite eingeben und nur im Gespräch mit uns. Wir senden nie Links.
mail-request-subject = { $company }: Ihre Antwort wird gebraucht
