# The desk: the agent’s page, and the customer’s phone beside it in the demo.

## The page

desk-title = Bureau
desk-title-both = Bureau et téléphone
desk-demo = Démo
desk-signed-in = Connecté : { $agent }
desk-requests = Vos demandes
desk-history = Plus tôt pendant ce service
desk-empty = Aucune demande n’a encore été envoyée.
desk-empty-hint = La demande que vous envoyez apparaît ici et suit le client pas à pas.
desk-both = Un appel, les deux côtés
desk-step-ask = Demandez l’accord d’un client
desk-step-tap = Touchez le message sur le téléphone
desk-step-decide = Connectez-vous, puis autorisez ou refusez
desk-step-see = Voyez la réponse au bureau
desk-still-watching = Sans script, cette page se recharge toutes les 5 secondes.
desk-still = Sans script, cette page montre l’état au moment de son ouverture.
desk-still-stop = Arrêter pour rédiger une demande
desk-still-start = Recharger toutes les 5 secondes

## The form

desk-ask = Demander l’accord d’un client
desk-customer = Client
desk-customer-hint = Téléphone avec indicatif du pays, e-mail ou identifiant
desk-customers = Clients de la démo
desk-not-verified = { $name }, non vérifié
desk-guess-phone = Reconnu comme numéro de téléphone
desk-guess-email = Reconnu comme adresse e-mail
desk-guess-user = Reconnu comme identifiant
desk-customer-type = Le client est indiqué par
desk-type-guess = D’après ma saisie
desk-type-phone = Numéro de téléphone
desk-type-email = Adresse e-mail
desk-type-user = Identifiant
desk-send-by = Envoyer par
desk-channel-sms = SMS
desk-channel-email = E-mail
desk-channel-link = Lien ou QR
desk-channel-code = Code à lire
desk-reference = Référence
desk-reference-hint = Lisez-la à voix haute. Le client la compare ou la choisit.
desk-more = Plus d’options
desk-text = Texte avant le lien
desk-text-default = Le texte du fournisseur
desk-lifetime = Temps pour répondre
desk-minutes = { $minutes } minutes
desk-send = Envoyer la demande

## What is wrong with the form

desk-invalid-customer-missing = Saisissez le téléphone, l’e-mail ou l’identifiant du client
desk-invalid-customer-malformed = Ce n’est ni un téléphone, ni un e-mail, ni un identifiant
desk-invalid-country = Saisissez le numéro avec son pays, par exemple +1 555 0100
desk-invalid-contact = Indiquez comment l’échange avec le client a commencé
desk-invalid-reference-missing = Saisissez une référence à lire à voix haute, ou gardez celle proposée
desk-invalid-reference-long = La référence compte { $length } caractères. { $most } au plus sont permis
desk-invalid-reference-character = La référence ne peut contenir « { $character } ». Lettres, chiffres et - . _ + / ! ? # sont permis
desk-invalid-text-long = Le texte compte { $length } caractères. 160 au plus sont permis
desk-invalid-text-malformed = Le texte doit tenir sur une ligne
desk-invalid-form = Ce formulaire est incomplet. Remplissez-le à nouveau

## Why an order was not placed

desk-refused-many = Vous avez trop de demandes ouvertes. Attendez que certaines finissent ou retirez-les.
desk-refused-waiting = Trop de demandes attendent déjà ce client. Attendez que l’une reçoive une réponse ou expire.
desk-refused-late = Le fournisseur n’a pas répondu à temps. Le client a peut-être reçu un lien ; demandez avant d’en envoyer un autre.
    .without-links = Le fournisseur n’a pas répondu à temps. La demande existe peut-être quand même. Envoyez-la de nouveau.
desk-refused-away = Le fournisseur est injoignable. Réessayez dans un instant.
desk-refused-unknown = Le fournisseur ne connaît aucun client de ce type avec un téléphone ou un e-mail vérifié. Vérifiez la saisie ou choisissez une autre voie.
desk-refused-client = Le fournisseur refuse ce bureau lui-même. Quelqu’un doit vérifier son client OAuth et lancer ciba-login enable-ciba.
desk-refused-pace = Le fournisseur veut moins de demandes. Attendez une minute.
desk-refused-reason = Le fournisseur a refusé la demande : { $reason }
desk-refused-plain = Le fournisseur a refusé la demande sans motif.
desk-refused-odd = La réponse du fournisseur n’a pas de sens.
desk-refused-fault = Le bureau lui-même a un défaut. Réessayez dans un instant.

## A request

desk-way-sent = Envoyée
desk-way-opened = Ouverte
desk-way-signed-in = Connecté
desk-way-answered = Réponse reçue
desk-signed-in-by-mail = Le client s’est connecté par notre e-mail, et non chez le fournisseur. Cela prouve moins.
desk-interrupted = Interrompue
desk-interrupted-text = Le fournisseur est injoignable. Le bureau continue d’essayer.
desk-answered = Réponse reçue
desk-answered-text = Le client a répondu. Le fournisseur est interrogé.
desk-deciding = En décision
desk-deciding-text = Le client s’est connecté et décide maintenant.
desk-opened = Ouverte
desk-opened-text = Le client a ouvert la demande et se connecte.
desk-waiting = En attente
desk-waiting-text = Envoyée. En attente du client.
desk-waiting-link = Donnez le lien au client ou faites-le scanner.
desk-waiting-code = Lisez le code au client.
desk-report = Le client dit qu’il ne parle pas avec nous
desk-report-unproved = Quelqu’un qui a le lien, et qui ne s’est pas identifié, dit qu’il ne parle pas avec nous
    .without-links = Quelqu’un qui a le code, et qui ne s’est pas identifié, dit qu’il ne parle pas avec nous
desk-wrong-reference = Une autre référence que la vôtre a été choisie sur la page du client
desk-report-advice = Arrêtez et vérifiez à qui vous parlez.
desk-reported = signalée
desk-replaced = Une demande plus récente l’a remplacée.
desk-token = Confirmé par le fournisseur. Identifiant du client
desk-whom = { $kind }, { $channel }
desk-kind-phone = un numéro de téléphone
desk-kind-email = une adresse e-mail
desk-kind-user = un identifiant
desk-taken-phone = reconnu comme numéro de téléphone
desk-taken-email = reconnu comme adresse e-mail
desk-taken-user = reconnu comme identifiant
desk-by-sms = par SMS
desk-by-email = par e-mail
desk-by-link = par lien
desk-by-code = par code
desk-until = jusqu’à { $time }
desk-time-left = { $time } restant
desk-next-look = prochaine vérification dans { $seconds } s
desk-looking = vérification en cours
desk-again = Renvoyer
desk-withdraw = Retirer
desk-link = Lien pour le client
desk-qr = QR code du lien. S’ouvre en grand, pour le comptoir
desk-spoken-code = Code pour le client
desk-spoken-code-how = Le client ouvre { $address } et l’y saisit.
desk-copy = Copier
desk-copied = Copié
desk-open = Ouvrir

## The counter

desk-counter-title = Scanner avec le téléphone
desk-counter-heading = Scannez ceci avec votre téléphone
desk-counter-picture = QR code qui ouvre la demande sur votre téléphone
desk-counter-reference = Votre référence
desk-counter-back = Retour au bureau

## The customer’s phone, in the demo

desk-phone = Le téléphone du client
desk-phone-hint = Un toucher ouvre la vraie page dans une fenêtre de la taille d’un téléphone. Rien n’est vraiment envoyé : la démo garde chaque message.
desk-no-messages = Pas encore de messages
desk-mail = Mail
desk-messages = Messages
desk-message-to = à { $to }
desk-code = Code

## Who called whom, the language of our text, and a page that is cut off

desk-contact = Origine de l’échange
desk-contact-hint = La page du client le lui montre. Choisissez ce qui est vrai : il voit ainsi si quelqu’un se fait passer pour un autre.
desk-contact-customer = Le client nous a appelés
desk-contact-company = Nous avons appelé le client
desk-contact-branch = En personne, en agence
desk-text-language = Notre texte avant le lien
desk-lost = La connexion avec le bureau est perdue. Cette page n’est peut-être plus à jour ; nous réessayons.
desk-reload = Recharger la page
