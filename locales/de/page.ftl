# The pages that a customer meets. locales/en says what each message is for.

## Every page

language-label = Sprache
footer-help = Hilfe
footer-privacy = Datenschutz
footer-call = { $phone } anrufen
call-number-unknown = die Nummer auf Ihrer Karte oder in Ihrem Vertrag
title-with-company = { $title } – { $company }
title-with-error = Fehler: { $title }
request-id = Wenn Sie Hilfe brauchen, nennen Sie { $id }
error-summary = Etwas stimmt noch nicht
close-page = Sie können diese Seite schließen.

## The reference

reference-label = Referenz, die mit dem Link kam
    .without-links = Referenz dieser Anfrage
reference-check = Lassen Sie sie sich zuerst vorlesen.
reference-none = Mit dem Link kam keine Referenz. Machen Sie nur weiter, wenn Sie selbst bei { $company } angerufen haben oder in einer Filiale sind.
    .without-links = Diese Anfrage hat keine Referenz. Machen Sie nur weiter, wenn Sie selbst bei { $company } angerufen haben oder in einer Filiale sind.
reference-picked = Man liest Ihnen eine Referenz vor. Sie wählen sie nach der Anmeldung aus.
reference-known-label = Referenz dieser Anfrage
reference-known-none = Diese Anfrage hat keine Referenz. Machen Sie nur weiter, wenn Sie selbst bei { $company } angerufen haben oder in einer Filiale sind.
reference-client = Es fragt: { $client }.
contact-unknown = Hat Sie jemand deswegen angerufen?
contact-unexpected = Haben Sie den Anruf nicht erwartet?
contact-hang-up = Legen Sie auf und rufen Sie uns selbst an: { $number }.
contact-customer-called = Laut Kundendienst haben Sie { $company } angerufen.
contact-customer-called-check = Wurden Sie angerufen? Das ist Betrug. Legen Sie auf.
contact-company-called = Laut Kundendienst hat { $company } Sie angerufen.
contact-branch = Laut Kundendienst sind Sie in einer Filiale.
contact-branch-check = Sind Sie am Telefon? Das ist Betrug. Legen Sie auf.

## Time

time-left = Bitte antworten Sie innerhalb von { $minutes ->
    [one] einer Minute
   *[other] { $minutes } Minuten
  } nach dem Öffnen dieser Seite.
time-nearly-over = Für die Antwort bleibt weniger als eine Minute.
time-over = Die Zeit für die Antwort ist um. Bitten Sie um einen neuen Link.
    .without-links = Die Zeit für die Antwort ist um. Bitten Sie um einen neuen Code.

## The request

request-title = Kundendienst bittet um Zugang zu Ihrem Konto
request-title-identity = Kundendienst bittet um Bestätigung, dass Sie es sind
sign-in-promise = Mit der Anmeldung erlauben Sie noch nichts. Sie entscheiden auf der nächsten Seite.
sign-in-more = Andere Wege zur Anmeldung
passkey-continue = Passkey verwenden
passkey-asks = Ihr Telefon fragt dann nach Gesicht, Fingerabdruck oder Bildschirmsperre.
passkey-elsewhere = Sehen Sie einen QR-Code? Dann hat dieses Telefon keinen Passkey für uns. Schließen Sie ihn und wählen Sie einen anderen Weg.
passkey-asking = Ihr Gerät wird gefragt…
passkey-away = Gesicht, Fingerabdruck oder Bildschirmsperre gehen hier im Moment nicht. Nichts wurde erlaubt. Bitte nehmen Sie einen anderen Weg.
passkey-not-stopped = Noch ist nichts abgelehnt. Die Anfrage ist weiter offen.
passkey-stop-otherwise = Ohne Passkey ablehnen
mail-address-label = Ihre E-Mail-Adresse
mail-send = Link senden
    .without-links = Code senden
mail-known = Wir können einen Link an { $address } senden.
    .without-links = Wir können einen Code an { $address } senden.
mail-another-address = Eine andere E-Mail-Adresse
mail-address-invalid = Adresse erwartet: name@example.com
social-continue = Weiter mit { $provider }
not-on-a-call-link = Unsicher? Hier stoppen
embedded-browser-title = In diesem Fenster geht nicht alles
embedded-browser-text = Sie haben den Link in einer anderen App geöffnet. Hier geht nicht jeder Weg zur Anmeldung.
    .without-links = Diese Seite ist in einer anderen App geöffnet. Hier geht nicht jeder Weg zur Anmeldung.
embedded-browser-open = Im Browser weitermachen
notice-sign-in-failed = Das hat nicht geklappt, und nichts wurde erlaubt. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.
notice-sign-in-cancelled = Die Anmeldung wurde abgebrochen. Nichts wurde erlaubt. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.
notice-sign-in-denied = Die Anmeldung wurde abgebrochen, oder das gewählte Konto ist hier nicht mit Ihrem verbunden. Nichts wurde erlaubt. Versuchen Sie es noch einmal oder nehmen Sie einen anderen Weg.
notice-sign-in-expired = Bitte melden Sie sich noch einmal an, um weiterzumachen.
notice-passkey-changed = Dieser Passkey hat sich geändert und gilt hier nicht mehr. Nichts wurde erlaubt. Bitte nehmen Sie einen anderen Weg.

## The first page: the code that an agent reads out

code-title = Geben Sie den vorgelesenen Code ein
code-label = Code vom Kundendienst
code-hint = Acht Buchstaben und Ziffern. Leerzeichen und Striche stören nicht.
code-never-links = Wir senden nie Links. Eine Nachricht mit einem Link ist nicht von uns.
code-wrong = Dieser Code geht nicht.
code-wrong-next = Er ist falsch, schon benutzt oder zu alt. Lassen Sie ihn noch einmal vorlesen, oder bitten Sie um einen neuen.

## Mail

mail-sent-title = Sehen Sie in Ihre E-Mails
mail-sent-lead = Wenn { $address } zu einem Kundenkonto bei { $company } gehört, ist eine E-Mail unterwegs.
mail-known-lead = Eine E-Mail an { $address } ist unterwegs.
mail-late-lead = Wenn { $address } zu einem Kundenkonto bei { $company } gehört, kommt eine E-Mail. Sie verspätet sich: Wir konnten sie noch nicht senden und versuchen es weiter. Sie können warten oder unten einen anderen Weg wählen.
mail-sent-next = Öffnen Sie den Link darin, auf diesem oder einem anderen Gerät. Nur dort, wo Sie ihn öffnen, werden Sie angemeldet.
    .without-links = Sie enthält einen Code. Wir senden nie Links.
mail-code-heading = Oder geben Sie hier den Code aus der E-Mail ein
    .without-links = Geben Sie hier den Code aus der E-Mail ein
mail-code-label = Code aus der E-Mail
mail-code-hint = Sie können ihn einfügen. Leerzeichen und Bindestriche stören nicht.
mail-code-continue = Weiter
mail-code-secret = Geben Sie ihn nur auf dieser Seite ein. Wer Sie am Telefon oder in einer Nachricht danach fragt, will Sie betrügen.
mail-code-wrong = Dieser Code ist falsch oder zu alt. Prüfen Sie ihn oder fordern Sie eine neue E-Mail an.
mail-not-arrived = Noch keine E-Mail?
mail-not-arrived-text = Es kann eine Minute dauern. Sehen Sie auch im Spam-Ordner nach.
mail-send-again = Neue E-Mail senden
mail-sent-again = Eine neue E-Mail ist unterwegs, wenn die Adresse zu einem Kundenkonto gehört.
mail-other-address = Andere Adresse oder anderen Weg nehmen
mail-other-way = Anderen Weg nehmen
mail-done-elsewhere = Ich habe auf einem anderen Gerät geantwortet
mail-progress-here = Sie sind angemeldet.
mail-progress-decide = Weiter
mail-progress-elsewhere = Ein anderer Bildschirm ist angemeldet. Machen Sie dort weiter.
mail-progress-done = Diese Anfrage ist beantwortet.
mail-progress-outcome = Antwort ansehen

mail-continue-title = Weiter zur Anfrage
mail-continue-lead = Sie haben den Link aus unserer E-Mail geöffnet. Machen Sie weiter, um sich hier anzumelden und die Anfrage zu sehen.
mail-continue-nothing-yet = Damit erlauben Sie noch nichts. Sie entscheiden auf der nächsten Seite.
mail-continue-button = Weiter
mail-continue-button-as = Weiter als { $address }
mail-pick-title = Welche Referenz hören Sie?
mail-pick-hint = Wählen Sie die Referenz, die man Ihnen vorliest. Wenn Sie mit niemandem sprechen, schließen Sie diese Seite.
mail-pick-missing = Wählen Sie eine Referenz
mail-pick-none = Keine davon, oder niemand hat mir eine vorgelesen
pick-none = Keine davon
mail-type-title = Geben Sie den Code aus der E-Mail ein
mail-type-lead = Sie haben den Link nicht dort geöffnet, wo er angefordert wurde. Geben Sie den Code aus derselben E-Mail ein. Wenn Sie diese E-Mail nicht angefordert haben, schließen Sie die Seite.

## The decision

decision-title = Zugang zu Ihrem Konto erlauben?
decision-title-identity = Sich beim Kundendienst ausweisen?
decision-what = Der Kundendienst von { $company } kann dann
decision-signed-in-as = Angemeldet als { $account }
decision-answers-as = Sie antworten als { $account }
decision-answers-by-mail = Unsere E-Mail meldet Sie an als { $account }
decision-signed-in-by-mail = Mit unserer E-Mail angemeldet als { $account }
decision-switch = Nicht Sie?
decision-question = Wurde sie Ihnen vorgelesen?
decision-question-no-reference = Sprechen Sie gerade mit dem Kundendienst von { $company }?
decision-allow = Ja, erlauben
decision-deny = Nein, ablehnen
decision-slow = Die Verbindung ist langsam. Lassen Sie diese Seite geöffnet. Sie können noch einmal drücken: Es zählt nur einmal.
ability-openid = sicher sein, dass Sie es sind
ability-profile = Ihren Namen und Ihr Profil sehen
ability-email = Ihre E-Mail-Adresse sehen
ability-phone = Ihre Telefonnummer sehen
ability-address = Ihre Postanschrift sehen
ability-offline-access = diesen Zugang nach dem Gespräch behalten, bis er entzogen wird
ability-other = nutzen, was bei { $company } „{ $scope }“ heißt
ability-unstated = in Ihrem Konto für Sie handeln, soweit { $company } das dem Kundendienst erlaubt

not-on-a-call-title = Sie sprechen nicht mit dem Kundendienst oder sind unsicher?
not-on-a-call-lead = Dann versucht vielleicht jemand, in Ihr Konto zu kommen. Erlauben Sie nichts.
not-on-a-call-stop = Anfrage ablehnen
not-on-a-call-report-lead = Erlauben Sie nichts. Vielleicht versucht jemand, in Ihr Konto zu kommen.
not-on-a-call-report = Anfrage melden
not-on-a-call-back = Zurück, ich spreche mit dem Kundendienst
advice-heading = Was Sie jetzt tun können
advice-hang-up = Wenn jemand am Telefon ist, legen Sie auf.
advice-call = Rufen Sie { $company } selbst an: { $number }.
advice-never = Geben Sie niemandem einen Code, und leiten Sie den Link nicht weiter.
    .without-links = Geben Sie niemandem einen Code. Wir senden nie Links.

## Outcomes

allowed-title = Erlaubt
allowed-lead = { $company } hat Ihre Antwort bestätigt. Der Kundendienst kann Ihnen jetzt helfen.
allowed-next = Doch nicht, oder unsicher, mit wem Sie sprechen? Rufen Sie { $company } sofort an: { $number }.
allowed-before-lead = Das wurde vorher schon erlaubt. Rufen Sie { $company } sofort an: { $number }.
stopped-title = Abgelehnt
stopped-lead = { $company } hat Ihre Antwort bestätigt. Durch diese Anfrage bekommt niemand Zugang.
stopped-next = Wenn Sie das nicht erwartet haben, rufen Sie an: { $number }.
picked-wrong = Die gewählte Referenz ist nicht die dieser Anfrage. Nichts wurde erlaubt.
picked-wrong-again = Aus Versehen gewählt? Bitten Sie den Kundendienst, neu zu beginnen.
picked-wrong-doubt = Wurde Ihnen genau diese vorgelesen? Legen Sie auf und rufen Sie { $company } selbst an: { $number }.
picked-wrong-unsent = Das hat { $company } noch nicht erreicht.
picked-wrong-unknown = Das ging an { $company }, und es kam keine Bestätigung zurück.
reported-title = Gemeldet
reported-lead = Danke. Wir haben notiert, dass Sie nicht mit dem Kundendienst sprechen. Auf diesem Gerät wurde nichts erlaubt.
reported-next = Melden Sie sich mit diesem Link nicht an, was auch immer man Ihnen sagt. Der Link gilt bald von selbst nicht mehr.
    .without-links = Melden Sie sich für diese Anfrage nicht an, was auch immer man Ihnen sagt. Sie gilt bald von selbst nicht mehr.
reported-mistake = Aus Versehen gemeldet? Bitten Sie um einen neuen Link.
    .without-links = Aus Versehen gemeldet? Bitten Sie um einen neuen Code.
reported-before = Dieser Link wurde gemeldet. Nur weiter, wenn Sie selbst angerufen haben.
    .without-links = Diese Anfrage wurde gemeldet. Nur weiter, wenn Sie selbst angerufen haben.
decided-elsewhere-waiting-title = Noch keine Antwort
decided-elsewhere-waiting-lead = Zu dieser Anfrage haben wir noch keine Antwort. Antworten Sie dort, wo Sie sich angemeldet haben, und sehen Sie dann noch einmal nach.
look-again = Noch einmal nachsehen
asking-title = { $company } wird benachrichtigt
asking-lead = Ihre Antwort ist unterwegs. Sehen Sie in ein paar Sekunden wieder nach.
asking-next = Bitte lassen Sie diese Seite so lange geöffnet.
unsent-approve-lead = Sie haben „Ja, erlauben“ geantwortet. Die Antwort hat { $company } noch nicht erreicht.
unsent-deny-lead = Sie haben „Nein, ablehnen“ geantwortet. Die Antwort hat { $company } noch nicht erreicht.
unsent-next = Wir versuchen es weiter. Sie können sie auch jetzt noch einmal senden.
unknown-title = Wir wissen noch nicht, ob es geklappt hat
unknown-approve-lead = Sie haben „Ja, erlauben“ geantwortet. Die Antwort ging an { $company }, und es kam keine Bestätigung zurück.
unknown-deny-lead = Sie haben „Nein, ablehnen“ geantwortet. Die Antwort ging an { $company }, und es kam keine Bestätigung zurück.
unknown-next = Senden Sie dieselbe Antwort noch einmal. Sie zählt nur einmal.
unknown-send-again = Noch einmal senden
unknown-call = Wenn Sie unsicher sind, mit wem Sie sprechen, rufen Sie { $company } an: { $number }.
unclear-title = Ihre Antwort wurde nicht bestätigt
unclear-approve-lead = Sie haben „Ja, erlauben“ geantwortet. Die Antwort wurde gesendet, und wir haben keine Bestätigung bekommen.
unclear-approve-next = Fragen Sie den Kundendienst, was er sieht, oder rufen Sie an: { $number }.
unclear-deny-lead = Sie haben „Nein, ablehnen“ geantwortet. Die Antwort wurde gesendet, und wir haben keine Bestätigung bekommen.
unclear-deny-next = Rufen Sie an und fragen Sie, ob etwas erlaubt wurde: { $number }.
passkey-offer-title = Nächstes Mal mit Gesicht oder Fingerabdruck
passkey-offer-text = Legen Sie auf diesem Gerät einen Passkey an, dann brauchen Sie keine E-Mail.
passkey-offer-add = Passkey anlegen
passkey-added-title = Passkey angelegt
passkey-added-lead = Nächstes Mal genügen Gesicht, Fingerabdruck oder Bildschirmsperre.
passkey-not-added = Der Passkey wurde nicht angelegt. Ihre Antwort bleibt, wie sie ist.
passkey-exists = Auf diesem Gerät gibt es schon einen Passkey für dieses Konto. Sie können ihn nächstes Mal verwenden.

## In another browser

elsewhere-title = Im Browser weitermachen
elsewhere-lead = Kopieren Sie diese Adresse und öffnen Sie sie in Ihrem gewohnten Browser. Sie gilt fünf Minuten und nur einmal. Schicken Sie sie niemandem.
elsewhere-address = Adresse zum Kopieren
elsewhere-copy = Adresse kopieren
elsewhere-copied = Die Adresse ist kopiert.
elsewhere-open = Im Browser öffnen
elsewhere-open-plain = Wenn nichts geschieht: diesen Link öffnen
elsewhere-continue-title = Weiter zur Anfrage
elsewhere-continue-lead = Sie haben eine Anfrage aus einem anderen Fenster mitgebracht. Machen Sie weiter, um sie hier zu sehen.

## Problems: what happened, and what to do

problem-link-malformed = Dieser Link ist nicht vollständig
problem-link-malformed-what = Ein Teil der Adresse fehlt oder wurde verändert.
problem-link-malformed-next = Öffnen Sie den Link noch einmal aus der Nachricht, die Sie bekommen haben. Hilft das nicht, bitten Sie um einen neuen Link.
problem-request-unknown = Wir finden diese Anfrage nicht
problem-request-unknown-what = Sie wurde in einem anderen Browser geöffnet, ihre Zeit ist um, oder dieser Browser speichert keine Cookies.
problem-request-unknown-next = Öffnen Sie den Link noch einmal aus der Nachricht, in Ihrem gewohnten Browser und mit erlaubten Cookies. Hilft das nicht, bitten Sie um einen neuen Link.
    .without-links = Geben Sie den Code noch einmal auf unserer ersten Seite ein, in Ihrem gewohnten Browser und mit erlaubten Cookies. Hilft das nicht, bitten Sie um einen neuen Code.
problem-request-expired = Die Zeit ist um
problem-request-expired-what = Diese Anfrage wurde nicht rechtzeitig beantwortet. Nichts wurde erlaubt.
problem-request-expired-next = Bitten Sie um einen neuen Link.
    .without-links = Bitten Sie um einen neuen Code.
problem-withdrawn = Die Anfrage wurde zurückgezogen
problem-withdrawn-what = Diese Anfrage wurde von der Stelle zurückgezogen, die sie gesendet hat. Nichts wurde erlaubt.
problem-withdrawn-next = Sie müssen nichts tun. Wird Ihre Antwort noch gebraucht, erhalten Sie einen neuen Link.
    .without-links = Sie müssen nichts tun. Wird Ihre Antwort noch gebraucht, erhalten Sie einen neuen Code.
problem-already-decided = Diese Anfrage ist schon beantwortet
problem-already-decided-what = Sie wurde schon erlaubt oder abgelehnt und lässt sich hier nicht mehr ändern.
problem-already-decided-next = Wenn Sie das nicht waren, rufen Sie an: { $number }.
problem-not-accepted = Ihre Antwort wurde nicht angenommen
problem-not-accepted-what = Die Anfrage ist vielleicht abgelaufen, schon beantwortet oder für ein anderes Konto bestimmt, oder ihr Link war nicht vollständig.
    .without-links = Die Anfrage ist vielleicht abgelaufen, schon beantwortet oder für ein anderes Konto bestimmt.
problem-not-accepted-next = Fragen Sie im Gespräch nach, und bitten Sie, wenn nötig, um einen neuen Link.
    .without-links = Fragen Sie im Gespräch nach, und bitten Sie, wenn nötig, um einen neuen Code.
problem-wrong-account = Diese Anfrage gilt einem anderen Konto
problem-wrong-account-what = Sie haben sich bei einem anderen Konto angemeldet als dem, um das es geht. Damit wurde nichts erlaubt.
problem-wrong-account-next = Melden Sie sich beim richtigen Konto an, oder sagen Sie es im Gespräch.
problem-message-mismatch = Dieser Link wurde verändert
problem-message-mismatch-what = Die Referenz ist eine andere als die des Kundendienstes. Damit wurde nichts erlaubt.
problem-message-mismatch-next = Machen Sie nicht weiter. Legen Sie auf und rufen Sie { $company } selbst an: { $number }.
problem-provider-unreachable = Wir bekommen gerade keine Verbindung
problem-provider-unreachable-what = Ein Dienst, den wir brauchen, hat nicht geantwortet. Nichts wurde erlaubt.
problem-provider-unreachable-next = Warten Sie einen Moment und versuchen Sie es noch einmal.
problem-outcome-unknown = Die Antwort wurde nicht bestätigt
problem-outcome-unknown-what = Diese Anfrage wurde beantwortet. Die Antwort wurde gesendet, und bis zum Ablauf der Zeit kam keine Bestätigung zurück.
problem-outcome-unknown-next = Rufen Sie an und fragen Sie, ob etwas erlaubt wurde: { $number }.
problem-sign-in-required = Bitte melden Sie sich noch einmal an
problem-sign-in-required-what = Zu Ihrem Schutz ist Ihre Anmeldung abgelaufen.
problem-sign-in-required-next = Gehen Sie zurück zur Anfrage und melden Sie sich an.
problem-sign-in-failed = Das hat nicht geklappt
problem-sign-in-failed-what = Wir konnten Sie nicht anmelden. Nichts wurde erlaubt.
problem-sign-in-failed-next = Gehen Sie zurück zur Anfrage und versuchen Sie es noch einmal, oder nehmen Sie einen anderen Weg.
problem-mail-link-spent = Diese E-Mail ist zu alt
problem-mail-link-spent-what = Ihr Link wurde schon benutzt, jemand hat mit ihm eine falsche Referenz gewählt, eine neuere E-Mail hat ihn ersetzt, oder seine Zeit ist um.
    .without-links = Ihr Code wurde schon benutzt, eine neuere E-Mail hat ihn ersetzt, oder seine Zeit ist um.
problem-mail-link-spent-next = Gehen Sie zurück zu der Seite, auf der Sie die E-Mail angefordert haben. Tippen Sie dort den Code aus der E-Mail ein, oder fordern Sie eine neue an.
problem-wrong-reference = Das ist nicht die genannte Referenz
problem-wrong-reference-what = Dieser Link gilt auf diesem Bildschirm nicht mehr, und durch ihn wurde nichts erlaubt.
problem-wrong-reference-next = Wenn Ihnen niemand eine vorgelesen hat, legen Sie auf. Wenn Sie die E-Mail selbst angefordert haben, gehen Sie zurück zu der Seite, auf der Sie das getan haben. Öffnen Sie den Link dort, tippen Sie den Code aus der E-Mail ein, oder fordern Sie eine neue an.
problem-code-wrong = Dieser Code ist nicht gültig
problem-code-wrong-what = Der Code ist falsch oder zu alt. Nichts wurde erlaubt.
problem-code-wrong-next = Prüfen Sie den Code in der neuesten E-Mail, oder fordern Sie eine neue an.
problem-too-many-tries = Zu viele Versuche
problem-too-many-tries-what = Zum Schutz Ihres Kontos machen wir eine kurze Pause.
problem-too-many-tries-next = Warten Sie ein paar Minuten und versuchen Sie es noch einmal. Wenn es eilt, sagen Sie es im Gespräch.
problem-too-many-tries-wait = Warten Sie { $seconds ->
    [one] eine Sekunde
   *[other] { $seconds } Sekunden
  } und versuchen Sie es noch einmal. Wenn es eilt, sagen Sie es im Gespräch.
problem-too-many-tries-wait-minutes = Warten Sie { $minutes ->
    [one] eine Minute
   *[other] { $minutes } Minuten
  } und versuchen Sie es noch einmal. Wenn es eilt, sagen Sie es im Gespräch.
problem-cross-site = Das kam nicht von unserer Seite
problem-cross-site-what = Der Knopf wurde auf einer anderen Website gedrückt, deshalb haben wir nichts getan.
problem-cross-site-next = Öffnen Sie den Link noch einmal aus der Nachricht, die Sie bekommen haben.
    .without-links = Geben Sie den Code, der Ihnen vorgelesen wird, auf unserer ersten Seite ein.
problem-page-unknown = Diese Seite gibt es nicht
problem-page-unknown-what = Die Adresse ist falsch, oder die Seite gibt es nicht mehr.
problem-page-unknown-next = Öffnen Sie den Link noch einmal aus der Nachricht, die Sie bekommen haben.
    .without-links = Geben Sie den Code, der Ihnen vorgelesen wird, auf unserer ersten Seite ein.
problem-method-not-allowed = Diese Seite lässt sich so nicht öffnen
problem-method-not-allowed-what = Ihre Adresse gehört zu einem Knopf auf einer unserer Seiten. Es ist nichts geschehen.
problem-method-not-allowed-next = Öffnen Sie den Link noch einmal aus der Nachricht, die Sie bekommen haben, und drücken Sie dort den Knopf.
    .without-links = Geben Sie den Code, der Ihnen vorgelesen wird, auf unserer ersten Seite ein.
problem-content-too-large = Das war zu lang
problem-content-too-large-what = Es wurde mehr Text geschickt, als diese Seite annimmt. Es ist nichts geschehen.
problem-content-too-large-next = Gehen Sie zurück und versuchen Sie es mit weniger Text.
problem-form-malformed = Das konnten wir nicht lesen
problem-form-malformed-what = Ein Teil dessen, was Ihr Browser geschickt hat, fehlt oder wurde verändert. Es ist nichts geschehen.
problem-form-malformed-next = Öffnen Sie den Link noch einmal aus der Nachricht, die Sie bekommen haben.
    .without-links = Geben Sie den Code, der Ihnen vorgelesen wird, auf unserer ersten Seite ein.
problem-internal = Bei uns ist etwas schiefgegangen
problem-internal-what = Wir konnten das nicht abschließen. Der Fehler liegt bei uns, nicht bei Ihnen.
problem-internal-next = Warten Sie einen Moment und versuchen Sie es noch einmal, oder sagen Sie es im Gespräch.
problem-back = Zurück zur Anfrage
problem-switch = Bei einem anderen Konto anmelden
problem-again = Noch einmal versuchen

## The embedded provider's own pages: choosing where to sign in, and signing out.

provider-choose-title = Wo möchten Sie sich anmelden?
provider-choose-text = Wählen Sie das Konto, das Sie bei { $company } verwenden.
provider-choose-cancel = Abbrechen
provider-logout-title = Möchten Sie sich abmelden?
provider-logout-text = Danach kommen Sie zurück zu der Seite, von der Sie kamen.
provider-logout-button = Abmelden
provider-logout-done = Sie sind abgemeldet
provider-logout-close = Sie können diese Seite schließen.
provider-logout-refused = Die Abmeldung ging nicht
provider-logout-refused-text = Die Seite, die Sie hierher geschickt hat, hat einen Fehler gemacht. Gehen Sie dorthin zurück und melden Sie sich dort ab.
